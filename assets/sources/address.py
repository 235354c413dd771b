"""The parts of a source's URL, and what may be shown of them.

Holds the parsing of `sqlite:///…`, `postgresql://…`, `mysql://…`, `mariadb://…` and plain paths.
How such a store is attached is in `engines`.
"""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from config.errors import ConfigError
from config.settings import SourceSettings

_KINDS = {"postgresql": "postgres", "postgres": "postgres", "mysql": "mysql", "mariadb": "mysql"}
_PORTS = {"postgres": 5432, "mysql": 3306}


@dataclass(frozen=True)
class Address:
    """Where a store is. ``kind`` is ``sqlite``, ``postgres``, ``mysql`` or ``path``.

    Attributes:
        path: of the SQLite file or of the folder of files; else None.
        shown: host, port and database (or the path): safe in messages.
    """

    kind: str
    shown: str
    path: Path | None = None
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = field(default="", repr=False)
    database: str = ""
    options: dict[str, str] = field(default_factory=dict)


def parse(source: SourceSettings) -> Address:
    """Return the address of a source.

    Raises:
        ConfigError: the scheme is not supported, or the database's name is missing.
    """
    url = source.url.get_secret_value()
    if "://" not in url:
        return Address("path", url, path=Path(url))
    parts = urlsplit(url)
    scheme = parts.scheme.lower().partition("+")[0]
    if scheme == "sqlite":
        path = Path(url.partition("://")[2].partition("?")[0].removeprefix("/"))
        return Address("sqlite", str(path), path=path)
    kind = _KINDS.get(scheme)
    if kind is None:
        raise ConfigError(
            f"数据源 {source.name} 的连接地址以 {scheme}:// 开头,目前不支持这种数据库。",
            "支持 sqlite:///、postgresql://、mysql://、mariadb:// 和 csv/xlsx 文件所在的目录。",
        )
    database = unquote(parts.path).strip("/")
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
        password=unquote(parts.password or ""),
        database=database,
        options=dict(parse_qsl(parts.query)),
    )
