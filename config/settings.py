"""Where this installation lives, what it reads and how it serves: typed, frozen, validated once.

Holds `opspulse.yml` and the environment variables. Rules of measurement (calendars, SLA, taxonomy)
live in `rules`; how to open a source lives in `assets.sources`.
"""

import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator

from config.documents import Document, Location, interpolate, raise_invalid, read_document
from config.errors import ConfigError
from config.serving import Frozen, ServerSettings, SignInSettings, TasksSettings, WallSettings

DEFAULT_FILE = "opspulse.yml"
_SQLITE = "sqlite:///"
_DEFAULT_PORTS = {"postgresql": 5432, "mysql": 3306, "mariadb": 3306, "mssql": 1433, "oracle": 1521}
_SCHEME_ALIASES = {"postgres": "postgresql"}
_PROBE = ".writable"
# Environment variables that win over the file, and where their value belongs.
WALL_HOST, WALL_PORT, TASKS_PORT = (
    "OPSPULSE_WALL_HOST",
    "OPSPULSE_WALL_PORT",
    "OPSPULSE_TASKS_PORT",
)
_OVERRIDES = {
    WALL_HOST: ("wall", "host"),
    WALL_PORT: ("wall", "port"),
    TASKS_PORT: ("tasks", "port"),
}


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"不是已知的时区({name}),例如 Asia/Shanghai") from None
    return name


class SourceSettings(Frozen):
    """One operational store. ``url`` may hold a password and never shows in text."""

    name: str = Field(default="main", pattern=r"^[a-z][a-z0-9_]{0,30}$")
    system: str = Field(default="opspulse", pattern=r"^[a-z][a-z0-9_]{0,30}$")
    url: SecretStr
    timezone: str = "Asia/Shanghai"
    site_id: str = Field(default="main", min_length=1)
    mapping: Path | None = None
    # What the system's folder of SELECTs lets a hospital choose, such as department_by for GLPI.
    options: dict[str, str] = Field(default_factory=dict)
    overlap_hours: int = Field(default=24, ge=0, le=24 * 90)
    # Instead of the password in the URL: a file that holds nothing else.
    password_file: Path | None = None
    # A statement that takes longer, or a connection that is silent for longer, is given up.
    timeout_seconds: int = Field(default=300, ge=2, le=24 * 3600)
    # How often a fault that may pass by itself is tried again.
    retries: int = Field(default=3, ge=0, le=20)

    _zone = field_validator("timezone")(_known_zone)

    @field_validator("url")
    @classmethod
    def _not_empty(cls, url: SecretStr) -> SecretStr:
        text = url.get_secret_value().strip()
        if not text:
            raise ValueError("不能为空")
        if "://" in text and not _is_address(text):
            raise ValueError("不是有效的连接地址(密码中的 @ / ? # : 等符号须写成 %40 之类的编码)")
        return SecretStr(text)

    def redacted_url(self) -> str:
        """Return the address without user, password and query: safe for screens and logs."""
        return _address(self.url.get_secret_value())


class Settings(Frozen):
    """Everything a process of this installation needs to know. Paths are absolute."""

    home: Path
    hospital_name: str = Field(default="本院", min_length=1)
    department_name: str = Field(default="信息科", min_length=1)
    timezone: str = "Asia/Shanghai"
    language: Literal["zh", "en"] = "zh"
    sources: tuple[SourceSettings, ...] = Field(min_length=1)
    is_embedded_demo: bool = False
    memory_limit: str = Field(default="1200MB", pattern=r"^[0-9]+(\.[0-9]+)? ?[KMGT]i?B$")
    threads: int = Field(default=2, ge=1, le=256)
    wall: WallSettings = WallSettings()
    tasks: TasksSettings = TasksSettings()
    server: ServerSettings = ServerSettings()
    sign_in: SignInSettings = SignInSettings()

    _zone = field_validator("timezone")(_known_zone)

    @field_validator("sources")
    @classmethod
    def _names_differ(cls, sources: tuple[SourceSettings, ...]) -> tuple[SourceSettings, ...]:
        names = [source.name for source in sources]
        repeated = {name for name in names if names.count(name) > 1}
        if repeated:
            raise ValueError(f"中有重复的名称 {'、'.join(sorted(repeated))}")
        return sources

    @model_validator(mode="after")
    def _provider_knows_the_way_back(self) -> "Settings":
        if self.sign_in.oidc is not None and not self.server.public_url:
            raise ValueError("写了 sign_in.oidc,就须写 server.public_url:认证后回到哪个地址")
        return self

    @property
    def warehouse_path(self) -> Path:
        """The one DuckDB file that the pipeline writes."""
        return self.home / "warehouse.duckdb"

    @property
    def decisions_path(self) -> Path:
        """What people have decided in OpsPulse: our own small store, see `assets.decisions`."""
        return self.home / "decisions.db"

    @property
    def users_path(self) -> Path:
        """Who may sign in, and who looked at whom: see `assets.identity`."""
        return self.home / "users.db"

    @property
    def scores_path(self) -> Path:
        """What closed months say of the engineers' scores, for ever: `assets.score.archive`."""
        return self.home / "scores.db"

    @property
    def months_path(self) -> Path:
        """What closed months' workbooks say, and how later data restate it: `assets.months`."""
        return self.home / "months.db"

    @property
    def snapshots_dir(self) -> Path:
        """Published immutable snapshots."""
        return self.home / "snapshots"

    @property
    def live_dir(self) -> Path:
        """Published live files: today's tiles."""
        return self.home / "live"

    @property
    def exports_dir(self) -> Path:
        """Monthly workbooks."""
        return self.home / "exports"

    @property
    def rules_dir(self) -> Path:
        """The hospital's own rule files, which override the defaults by key."""
        return self.home / "config"

    @property
    def own_sources_dir(self) -> Path:
        """The hospital's own folders of SELECTs, for databases that the program does not know."""
        return self.rules_dir / "sources"

    @property
    def dagster_home(self) -> Path:
        """Dagster's instance folder."""
        return self.home / "dagster"

    @property
    def logs_dir(self) -> Path:
        """Log files of the supervisor and the servers."""
        return self.home / "logs"

    @property
    def temp_dir(self) -> Path:
        """DuckDB's spill files."""
        return self.home / "tmp"

    def source_fingerprint(self) -> str:
        """Return a sha256 hex that names the stores behind a warehouse.

        Made of each source's name, system and address without user, password and query, so that a
        new password keeps the warehouse and another store does not.
        """
        parts = sorted(
            f"{source.name}\n{source.system}\n{source.redacted_url()}" for source in self.sources
        )
        return hashlib.sha256("\n\n".join(parts).encode()).hexdigest()


def _is_address(url: str) -> bool:
    """Tell whether the parts are where they seem: an unescaped password moves them."""
    parts = urlsplit(url)
    try:
        _ = parts.port
    except ValueError:
        return False
    if not parts.netloc:
        return True
    rest = parts.path if "@" in parts.netloc else parts.path + parts.query
    return "@" not in rest and not parts.fragment


def _address(url: str) -> str:
    if "://" not in url:
        return url
    parts = urlsplit(url)
    scheme = parts.scheme.lower().partition("+")[0]
    scheme = _SCHEME_ALIASES.get(scheme, scheme)
    if not parts.hostname:
        return f"{scheme}://{unquote(parts.path)}"
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = parts.port or _DEFAULT_PORTS.get(scheme)
    return f"{scheme}://{host}{f':{port}' if port else ''}{unquote(parts.path).rstrip('/')}"


def load_settings(env: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings of this installation.

    ``OPSPULSE_CONFIG`` names the file, else ``opspulse.yml`` in the working folder. Without a file
    ``OPSPULSE_SOURCE_URL`` alone is enough; without either the embedded demo store is used.
    ``OPSPULSE_HOME``, ``OPSPULSE_HOSPITAL_NAME``, ``OPSPULSE_WALL_HOST``, ``OPSPULSE_WALL_PORT``
    and ``OPSPULSE_TASKS_PORT`` win over the file.

    Args:
        env: the environment, also the values of ``${NAME}`` in the file.

    Raises:
        ConfigError: broken YAML, unknown key, bad value or unset variable, with file and line.
    """
    document = _document(env)
    base = document.path.parent if document else Path.cwd()
    data = dict(document.data) if document else {}
    is_demo = document is None and not env.get("OPSPULSE_SOURCE_URL")
    if "is_embedded_demo" in data and document:
        raise ConfigError(
            f"{document.where(('is_embedded_demo',))} 的「is_embedded_demo」不能手工设置。",
            "请删除这一项:没有配置文件、也没有数据源时自动使用演示库。",
        )
    data["home"] = _home(data.get("home"), env, base, is_demo=is_demo)
    data["is_embedded_demo"] = is_demo
    if is_demo:
        data["hospital_name"] = "演示医院"
    if env.get("OPSPULSE_HOSPITAL_NAME"):
        data["hospital_name"] = env["OPSPULSE_HOSPITAL_NAME"]
    data["sources"] = _sources(data, document, env, base)
    given = _override(data, env)

    def where(location: Location) -> str:
        if location in given:
            return f"环境变量 {given[location]}"
        return document.where(location) if document else "环境变量"

    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        raise_invalid(error, where, Settings)


def _override(data: dict[str, Any], env: Mapping[str, str]) -> dict[Location, str]:
    """Put the environment's addresses and ports over the file's; return which came from where."""
    given: dict[Location, str] = {}
    for name, (section, key) in _OVERRIDES.items():
        text, held = env.get(name, "").strip(), data.get(section)
        # A section that is no mapping is the file's own mistake, and is told as one.
        if text and (held is None or isinstance(held, dict)):
            data[section] = {**(held or {}), key: text}
            given[section, key] = name
    return given


def port_remedy(settings: Settings, variable: str, entry: str) -> str:
    """Return what to do about a taken port: what works for this kind of installation.

    Args:
        settings: the installation.
        variable: the environment variable that sets the port.
        entry: its place in `opspulse.yml`, such as ``wall.port``.
    """
    remedy = f"请关闭占用它的程序,或设置环境变量 {variable}(如 {variable}=8051)换一个端口"
    if settings.is_embedded_demo:
        return f"{remedy}。"
    return f"{remedy},也可写在 opspulse.yml 的 {entry} 中。"


def _document(env: Mapping[str, str]) -> Document | None:
    named = env.get("OPSPULSE_CONFIG")
    path = Path(named or DEFAULT_FILE).expanduser().absolute()
    if not named and not path.exists():
        return None
    if not path.is_file():
        raise ConfigError(
            f"找不到环境变量 OPSPULSE_CONFIG 指定的配置文件 {path}。",
            "请改正该路径,或取消这个环境变量。",
        )
    return interpolate(read_document(path), env)


def _home(given: object, env: Mapping[str, str], base: Path, *, is_demo: bool) -> object:
    if env.get("OPSPULSE_HOME"):
        return Path(env["OPSPULSE_HOME"]).expanduser().absolute()
    if given is None:
        return base / "var" / "demo" if is_demo else base / "var"
    if not isinstance(given, str):
        return given
    return base / Path(given).expanduser()


def _sources(
    data: dict[str, Any], document: Document | None, env: Mapping[str, str], base: Path
) -> object:
    given = data.get("sources")
    if given is None:
        url = env.get("OPSPULSE_SOURCE_URL")
        if document and not url:
            raise ConfigError(
                f"{document.path}:1 没有写数据源「sources」。",
                "请按说明写上 sources,或设置环境变量 OPSPULSE_SOURCE_URL。",
            )
        if not url:
            return [{"url": f"{_SQLITE}{Path(data['home']).as_posix()}/store.sqlite"}]
        given = [{"url": url, "system": "opspulse" if "://" in url else "files"}]
    if not isinstance(given, list):
        return given
    zone = data.get("timezone", "Asia/Shanghai")
    return [_source(item, base, zone) if isinstance(item, dict) else item for item in given]


def _source(item: dict[str, Any], base: Path, zone: object) -> dict[str, Any]:
    """Return one source with the hospital's zone as default and its paths made absolute."""
    source = {"timezone": zone, **item}
    url = source.get("url")
    if isinstance(url, str) and url.strip():
        source["url"] = _absolute_url(url.strip(), base)
    for key in ("mapping", "password_file"):
        if isinstance(source.get(key), str):
            source[key] = base / Path(source[key]).expanduser()
    return source


def _absolute_url(url: str, base: Path) -> str:
    if url.startswith(_SQLITE):
        path, question, query = url.removeprefix(_SQLITE).partition("?")
        return f"{_SQLITE}{(base / path).as_posix()}{question}{query}"
    if re.match(r"^[A-Za-z][A-Za-z0-9+.]+://", url):
        return url
    return str(base / Path(url).expanduser())


def ensure_home(settings: Settings) -> Path:
    """Create the folders of this installation and prove that they can be written.

    Returns:
        The home folder.

    Raises:
        ConfigError: a folder cannot be created or written (read-only disk, no permission).
    """
    folders = (
        settings.home,
        settings.snapshots_dir,
        settings.live_dir,
        settings.exports_dir,
        settings.rules_dir,
        settings.dagster_home,
        settings.logs_dir,
        settings.temp_dir,
    )
    for folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            probe = folder / f"{_PROBE}-{os.getpid()}"
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            raise ConfigError(
                f"无法写入目录 {folder}。",
                "请检查磁盘是否只读或已满、当前账户是否有写权限,或用 OPSPULSE_HOME 另指定目录。",
            ) from error
    return settings.home
