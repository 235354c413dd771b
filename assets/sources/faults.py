"""What went wrong at a store, in words: every fault of an engine or driver becomes a typed error.

Holds the symptoms by which a fault is recognised, the sentence each one gets, and whether it may
pass by itself. How long that is waited for is in `retry`. The engine's own text is never passed on:
the scanners print their connection string in it, and rows may stand in it too.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from config.errors import OpsPulseError, SourceError, StateError
from config.settings import SourceSettings


class PassingSourceError(SourceError):
    """A fault of the store or the network that may pass by itself: worth another try."""


# What the message contains → which sentence the user reads. The first that fits wins.
_SYMPTOMS = (
    ("Unknown database", "no_database"),
    ("ORA-12514", "no_database"),
    ("Cannot open database", "no_database"),
    ("password authentication failed", "login"),
    ("Access denied for user", "login"),
    ("no password supplied", "login"),
    ("pg_hba.conf", "login"),
    ("Login failed", "login"),
    ("ORA-01017", "login"),
    ("fe_sendauth", "login"),
    ("certificate has expired", "expired"),
    ("certificate is not yet valid", "expired"),
    ("certificate", "tls"),
    ("SSL", "tls"),
    ("TLS", "tls"),
    ("could not translate host name", "no_host"),
    ("Unknown server host", "no_host"),
    ("Unknown MySQL server host", "no_host"),
    ("Name or service not known", "no_host"),
    ("permission denied", "denied"),
    ("command denied", "denied"),
    ("permission was denied", "denied"),
    ("ORA-00942", "denied"),
    ("starting up", "starting"),
    ("shutting down", "starting"),
    ("administrator command", "dropped"),
    ("too many connections", "crowded"),
    ("Too many connections", "crowded"),
    ("too many clients", "crowded"),
    ("remaining connection slots", "crowded"),
    ("deadlock", "deadlock"),
    ("Deadlock", "deadlock"),
    ("conflict with recovery", "deadlock"),
    ("could not serialize", "deadlock"),
    ("statement timeout", "slow"),
    ("lock timeout", "slow"),
    ("Lock wait timeout", "slow"),
    ("max_statement_time", "slow"),
    ("maximum statement execution time", "slow"),
    ("idle-in-transaction timeout", "slow"),
    # PyMySQL's own clock, which on a loaded machine may ring before the server's
    ("during query (timed out)", "slow"),
    ("Connection refused", "unreachable"),
    ("Can't connect", "unreachable"),
    ("timeout expired", "unreachable"),
    ("timed out", "unreachable"),
    ("No route to host", "unreachable"),
    ("Network is unreachable", "unreachable"),
    ("ORA-12541", "unreachable"),
    ("server closed the connection", "dropped"),
    ("connection to server was lost", "dropped"),
    ("connection has been closed", "dropped"),
    ("Lost connection", "dropped"),
    ("gone away", "dropped"),
    ("Connection reset", "dropped"),
    ("reset by peer", "dropped"),
    ("Broken pipe", "dropped"),
    ("could not receive data", "dropped"),
    ("could not send", "dropped"),
    ("unexpected EOF", "dropped"),
    ("no connection to the server", "dropped"),
    ("Failed to fetch header for COPY", "dropped"),
    ("Failed to read binary COPY", "dropped"),
    ("lost synchronization", "dropped"),
    ("Malformed", "dropped"),
    ("Got packets out of order", "dropped"),
    ("Packet sequence", "dropped"),
    ("Commands out of sync", "dropped"),
    ("expected authentication request", "dropped"),
    ("received invalid response", "dropped"),
    ("invalid response to", "dropped"),
    ("error reading", "dropped"),
    ("reading initial communication packet", "dropped"),
    ("interrupted", "dropped"),
    # all that the MySQL scanner says when the connection breaks amid the rows
    ("Failed to fetch result row", "dropped"),
    ("database is locked", "locked"),
    ("file is not a database", "broken"),
    ("disk image is malformed", "broken"),
)
_PASSING = {"starting", "crowded", "deadlock", "slow", "unreachable", "dropped", "locked"}
_SENTENCES = {
    "no_database": ("{where}上没有名为 {database} 的数据库。", "请检查数据库名。"),
    "login": ("{where}拒绝登录。", "请检查用户名和密码,以及服务器是否允许本机连接。"),
    "expired": (
        "{where}的 TLS 证书已过期,或尚未生效。",
        "请让管理员更换证书,并核对两边的系统时间。",
    ),
    "tls": (
        # libpq says no more than "certificate verify failed"
        "{where}的加密连接没有建立:证书已过期或不受信任,或服务器不支持加密。",
        "请让管理员核对证书的有效期,并检查地址里的 sslmode/sslrootcert(PostgreSQL)"
        "或 ssl_mode/ssl_ca(MySQL)。",
    ),
    "no_host": ("找不到{where}的主机。", "请检查主机名和 DNS。"),
    "denied": ("{where}的账号没有读取权限。", "请让管理员授予只读(SELECT)权限。"),
    "starting": ("{where}正在启动或关闭。", "请稍后重试。"),
    "crowded": ("{where}的连接数已满。", "请稍后重试,或让管理员给只读账号留出连接。"),
    "deadlock": ("{where}与其他事务冲突,读取被取消。", "请稍后重试。"),
    "slow": (
        "{where}在规定时间内没有答完。",
        "可能有表被锁住或服务器太忙,请稍后重试;也可以在 opspulse.yml 调大 timeout_seconds。",
    ),
    "unreachable": ("{where}连接不上。", "请检查网络、端口、防火墙,以及数据库是否在运行。"),
    "dropped": (
        "读取{where}时连接中断。",
        "请稍后重试;一直失败时请检查网络和数据库的运行状况。",
    ),
    "locked": ("{where}被占用,正在被别的程序写入。", "请稍后重试。"),
    "broken": ("{where}不是完好的数据库文件。", "请检查这个文件。"),
    "other": (
        "读取{where}时出错({kind})。",
        "请稍后重试;一直失败时请检查数据库的运行状况。",
    ),
}
# Our own disk, told by SQLite while we copy a file.
_FULL_DISK = ("database or disk is full", "No space left on device")


def kind_of(error: BaseException) -> str:
    """Return the kind of fault by the error's text; ``other`` when nobody knows it."""
    text = str(error)
    kind = next((kind for symptom, kind in _SYMPTOMS if symptom in text), "other")
    if "does not exist" in text and kind == "other":
        return "no_database" if 'database "' in text else "login"
    return kind


def source_error(error: BaseException, source: SourceSettings, address: object) -> OpsPulseError:
    """Return the sentence for a fault of the store.

    Args:
        error: what the engine, the scanner or the driver raised.
        source: the source that was being read.
        address: its `Address`, of which the shown part and the database are named.
    """
    if any(symptom in str(error) for symptom in _FULL_DISK):
        return StateError("磁盘空间不足,无法暂存来源的数据。", "请清理磁盘后重新运行。")
    shown, database = getattr(address, "shown", ""), getattr(address, "database", "")
    where = f"数据源 {source.name}({shown})"
    return sentence(kind_of(error), where, database=database, cause=type(error).__name__)


def sentence(kind: str, where: str, *, database: str = "", cause: str = "") -> SourceError:
    """Return the error of a kind of fault, naming the source and, where it helps, the database."""
    problem, remedy = _SENTENCES[kind]
    make = PassingSourceError if kind in _PASSING else SourceError
    return make(problem.format(where=where, database=database, kind=cause), remedy)


def is_known(error: BaseException) -> bool:
    """Tell whether an engine's complaint about SQL is really a fault of the store behind it."""
    return kind_of(error) in {*_PASSING, "denied"}


@contextmanager
def told(kind: type[Exception], source: SourceSettings, address: object) -> Iterator[None]:
    """Turn any fault of a kind that the body meets into its sentence."""
    try:
        yield
    except kind as error:
        raise source_error(getattr(error, "orig", None) or error, source, address) from None
