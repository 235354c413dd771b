"""What differs between databases that SQLAlchemy reads: time-outs, transactions, types.

Holds one word list per question and dialect. The landing itself is in `alchemy`. PostgreSQL, MySQL
and SQLite are proved by the tests; SQL Server and Oracle follow their drivers' manuals.
"""

from typing import Any

import sqlalchemy as sa

from assets.conversions import ZONED
from assets.sources.arrow import Lane

PORTS = {"postgresql": 5432, "mysql": 3306, "mariadb": 3306, "mssql": 1433, "oracle": 1521}
_MOST_DIGITS = 38
_MYSQL = ("mysql", "mariadb")
_FAMILIES = (
    (sa.types.DateTime, "TIMESTAMP"),
    (sa.types.Date, "DATE"),
    (sa.types.LargeBinary, "BLOB"),
)


def connect_args(driver: str, connect_seconds: int, seconds: int) -> dict[str, Any]:
    """Return the time-outs in the words of a driver, such as ``postgresql+psycopg``."""
    name = driver.partition("+")[2]
    if name in ("psycopg", "psycopg2"):
        return {"connect_timeout": connect_seconds, "keepalives_idle": 30}
    if name in ("pymysql", "mysqldb"):
        return {"connect_timeout": connect_seconds, "read_timeout": seconds}
    if name == "pyodbc":
        return {"timeout": connect_seconds}
    if name == "oracledb":
        return {"tcp_connect_timeout": connect_seconds}
    if driver.startswith("sqlite"):
        return {"timeout": connect_seconds}
    return {}


def engine_options(dialect: str) -> dict[str, Any]:
    """Return how a transaction sees one state and may not write, where the dialect has words."""
    if dialect == "postgresql":
        return {
            "isolation_level": "REPEATABLE READ",
            "execution_options": {"postgresql_readonly": True},
        }
    if dialect in _MYSQL:
        return {"isolation_level": "REPEATABLE READ"}
    return {}


def begin(connection: sa.Connection, seconds: int) -> None:
    """Say in the connection what its reading needs: read-only, one state, UTC, time-outs."""
    for statement in _openings(connection, seconds):
        connection.exec_driver_sql(statement)


def forget_unread(driver: Any) -> None:
    """After a fault, tell PyMySQL that no more rows come: its clean-up would wait for them."""
    result: Any = getattr(driver, "_result", None)
    if getattr(result, "unbuffered_active", False):
        result.unbuffered_active = False


def _openings(connection: sa.Connection, seconds: int) -> list[str]:
    dialect = connection.dialect.name
    if dialect == "postgresql":
        return [f"set statement_timeout = {seconds * 1000}"]
    if dialect in _MYSQL:
        limit = (
            f"set session max_statement_time = {seconds}"
            if getattr(connection.dialect, "is_mariadb", False)
            else f"set session max_execution_time = {seconds * 1000}"
        )
        return [limit, "set time_zone = '+00:00'", "start transaction read only"]
    if dialect == "mssql":
        return _sql_server(connection, seconds)
    if dialect == "oracle":
        raw: Any = connection.connection.driver_connection
        raw.call_timeout = seconds * 1000
        return ["alter session set time_zone = '+00:00'", "set transaction read only"]
    return ["begin"] if dialect == "sqlite" else []


def _sql_server(connection: sa.Connection, seconds: int) -> list[str]:
    """Return the openings; SNAPSHOT where the database allows it, else every table by itself."""
    raw: Any = connection.connection.driver_connection
    raw.timeout = seconds
    allowed = connection.exec_driver_sql(
        "select snapshot_isolation_state from sys.databases where name = db_name()"
    ).scalar()
    connection.rollback()
    wait = f"set lock_timeout {seconds * 1000}"
    return [wait, "set transaction isolation level snapshot"] if allowed == 1 else [wait]


def lane(name: str, kind: sa.types.TypeEngine[Any], dialect: str) -> Lane:
    """Return how a column of a database's type travels to DuckDB."""
    if dialect == "sqlite":
        return Lane(name, "VARCHAR")  # a column's type is no promise there
    if isinstance(kind, sa.types.Float | sa.types.Double):
        return Lane(name, "DOUBLE")
    if isinstance(kind, sa.types.Numeric):
        return Lane(name, _decimal(kind))
    if isinstance(kind, sa.types.Boolean) or type(kind).__name__ == "BIT":
        is_one = getattr(kind, "length", 1) in (None, 1)
        return Lane(name, "BOOLEAN" if is_one else "VARCHAR")
    if isinstance(kind, sa.types.Integer):
        is_unsigned = getattr(kind, "unsigned", False)
        return Lane(name, "DECIMAL(20,0)" if is_unsigned else "BIGINT")
    return _temporal_or_text(name, kind, dialect)


def _temporal_or_text(name: str, kind: sa.types.TypeEngine[Any], dialect: str) -> Lane:
    word = type(kind).__name__
    if dialect in _MYSQL and word == "TIMESTAMP":
        return Lane(name, ZONED, is_utc=True)
    is_local = bool(getattr(kind, "local_timezone", False))
    if word == "DATETIMEOFFSET" or getattr(kind, "timezone", False) is True or is_local:
        return Lane(name, ZONED, is_utc=dialect == "oracle")
    for family, duckdb_type in _FAMILIES:
        if isinstance(kind, family):
            return Lane(name, duckdb_type)
    return Lane(name, "BIGINT" if word == "YEAR" else "VARCHAR")


def _decimal(kind: sa.types.Numeric[Any]) -> str:
    """Return an exact type; text for a number without a precision, which is exact as text."""
    if kind.precision is None or kind.precision > _MOST_DIGITS:
        return "VARCHAR"
    scale = kind.scale or 0
    if not 0 <= scale <= kind.precision:
        return "VARCHAR"
    return f"DECIMAL({kind.precision},{scale})"


def selected(lane: Lane, dialect: str) -> sa.ColumnElement[Any]:
    """Return the column as it is asked for; Oracle's driver drops zones, so Oracle makes it UTC."""
    column: sa.ColumnElement[Any] = sa.column(lane.name)
    if dialect == "oracle" and lane.type == ZONED:
        return sa.func.sys_extract_utc(column).label(lane.name)
    return column
