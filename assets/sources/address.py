"""The parts of a source's URL, and what may be shown of them.

Holds the parsing of `sqlite:///…`, `postgresql://…`, `mysql://…`, `mariadb://…`, plain paths, and
URLs for SQLAlchemy: those that name a driver (`mssql+pyodbc://…`), or a database that has no
scanner. How such a store is opened is in `engines` and `alchemy`.
"""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from config.errors import ConfigError
from config.settings import SourceSettings

_KINDS = {"postgresql": "postgres", "postgres": "postgres", "mysql": "mysql", "mariadb": "mysql"}
_PORTS = {"postgres": 5432, "mysql": 3306}
# Databases that SQLAlchemy reads, with the driver that a bare scheme means.
_DRIVERS = {"mssql": "mssql+pyodbc", "oracle": "oracle+oracledb"}


@dataclass(frozen=True)
class Address:
    """Where a store is. ``kind`` is ``sqlite``, ``postgres``, ``mysql``, ``alchemy`` or ``path``.

    Attributes:
        path: of the SQLite file or of the folder of files; else None.
        shown: host, port and database (or the path): safe in messages.
        url: of an ``alchemy`` store, as SQLAlchemy understands it; it may hold the password.
    """

    kind: str
    shown: str
    path: Path | None = None
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = field(default="", repr=False)
    database: str = ""
    options: dict[str, str] = field(default_factory=dict, repr=False)
    url: str = field(default="", repr=False)


def parse(source: SourceSettings) -> Address:
    """Return the address of a source.

    Raises:
        ConfigError: the scheme is not supported, the database's name is missing, or the file with
            the password cannot be read.
    """
    url = source.url.get_secret_value()
    if "://" not in url:
        return Address("path", url, path=Path(url))
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    database = unquote(parts.path).strip("/")
    file = Path(url.partition("://")[2].partition("?")[0].removeprefix("/"))
    if "+" in scheme or scheme in _DRIVERS:
        driver = _DRIVERS.get(scheme, scheme)
        return Address(
            "alchemy",
            source.redacted_url().partition("://")[2],
            path=file if scheme.startswith("sqlite") else None,
            host=parts.hostname or "",
            port=parts.port or 0,
            password=_password(source, parts.password),
            database=database,
            options=dict(parse_qsl(parts.query)),
            url=f"{driver}:{url.partition(':')[2]}",
        )
    if scheme == "sqlite":
        return Address("sqlite", str(file), path=file)
    kind = _KINDS.get(scheme)
    if kind is None:
        raise ConfigError(
            f"数据源 {source.name} 的连接地址以 {scheme}:// 开头,目前不支持这种数据库。",
            "支持 sqlite:///、postgresql://、mysql://、mariadb://、mssql+pyodbc://、"
            "oracle+oracledb://、其他 SQLAlchemy 地址(数据库+驱动://),以及文件所在的目录。",
        )
    if not parts.hostname or not database:
        raise ConfigError(
            f"数据源 {source.name} 的连接地址缺少主机名或数据库名。",
            "写法:postgresql://用户:密码@主机:端口/数据库。",
        )
    port = parts.port or _PORTS[kind]
    return Address(
        kind,
        f"{parts.hostname}:{port}/{database}",
        host=parts.hostname,
        port=port,
        user=unquote(parts.username or ""),
        password=_password(source, parts.password),
        database=database,
        options=dict(parse_qsl(parts.query)),
    )


def _password(source: SourceSettings, in_url: str | None) -> str:
    """Return the password from its file, if one is named, else from the URL."""
    if source.password_file is None:
        return unquote(in_url or "")
    try:
        return source.password_file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise ConfigError(
            f"无法读取数据源 {source.name} 的密码文件 {source.password_file}。",
            "请检查路径和读权限;文件里只写密码一行,UTF-8 编码。",
        ) from None
