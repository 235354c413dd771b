"""Small hand-made operational stores in SQLite, PostgreSQL and MariaDB, from the contract.

Holds what the tests of the pull share: creating tables as a real store would type them, writing
rows, opening a warehouse, and printing raw in a form that can be compared.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import sqlalchemy as sa

from assets import warehouse
from assets.sources.contract import tables
from assets.sources.profile import assistant
from assets.sources.profile.assistant import Found
from assets.sources.profile.vocabulary import load_vocabulary
from config.settings import Settings, SourceSettings

SHANGHAI = ZoneInfo("Asia/Shanghai")
Rows = Mapping[str, Iterable[Mapping[str, Any]]]


DRIVERS = {
    "sqlite": "sqlite+pysqlite",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
}


def driven(url: str) -> str:
    """Return the URL with its driver named: it is then read through SQLAlchemy."""
    scheme, rest = url.split("://", 1)
    return f"{DRIVERS[scheme]}://{rest}"


def utc(text: str) -> datetime:
    """Return an aware instant from '2026-03-01 08:00:00' in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _column_type(contract_type: str, dialect: str) -> sa.types.TypeEngine[Any]:
    if contract_type == "TIMESTAMP":
        kinds = {"sqlite": sa.Text(), "postgresql": sa.DateTime(timezone=True)}
        return kinds.get(dialect, sa.DateTime())
    if contract_type == "TEXT":
        return sa.String(190) if dialect in {"mysql", "mariadb"} else sa.Text()
    if contract_type.startswith("DECIMAL"):
        precision, scale = contract_type[8:-1].split(",")
        return sa.Numeric(int(precision), int(scale))
    return {"DATE": sa.Date(), "BOOLEAN": sa.Boolean(), "BIGINT": sa.BigInteger()}[contract_type]


def _value(value: object, dialect: str) -> object:
    if isinstance(value, datetime):
        if dialect == "postgresql":
            return value
        local = value.astimezone(SHANGHAI).replace(tzinfo=None)
        return f"{local:%Y-%m-%d %H:%M:%S}" if dialect == "sqlite" else local
    return value


class Store:
    """One store; ``url`` as the hospital would configure it."""

    def __init__(self, url: str, names: Iterable[str] | None = None, *, keyed: bool = True) -> None:
        """Create the named canonical tables (all by default), empty."""
        self.url = url
        self.engine = sa.create_engine(url if "+" in url.partition(":")[0] else driven(url))
        self.meta = sa.MetaData()
        dialect = self.engine.dialect.name
        for name in names or tables():
            table = tables()[name]
            columns = [
                sa.Column(
                    column.name,
                    _column_type(column.type, dialect),
                    primary_key=keyed and column.name in table.key,
                    autoincrement=False,
                )
                for column in table.columns
            ]
            sa.Table(name, self.meta, *columns)
        self.meta.create_all(self.engine)

    def add(self, rows: Rows) -> "Store":
        """Insert rows; instants are given as aware datetimes."""
        dialect = self.engine.dialect.name
        with self.engine.begin() as connection:
            for name, records in rows.items():
                values = [
                    {key: _value(value, dialect) for key, value in {"site_id": "main", **r}.items()}
                    for r in records
                ]
                for value in values:
                    connection.execute(self.meta.tables[name].insert(), value)
        return self

    def run(self, *statements: str) -> None:
        """Run SQL in the store, as the hospital's own system would."""
        with self.engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a SELECT in the store."""
        with self.engine.begin() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(sql)]

    def close(self) -> None:
        """Let go of the server, so that a test database can be dropped."""
        self.engine.dispose()


def ticket(number: int, at: str = "2026-03-01 00:00:00", **values: object) -> dict[str, object]:
    """Return a plain good ticket."""
    row = {
        "ticket_id": f"T{number:05d}",
        "title": f"打印机卡纸 {number}",
        "work_class": "repair",
        "priority": "P3",
        "reported_at": utc(at),
        "updated_at": utc(at),
    }
    return {**row, **values}


def settings_for(home: Path, url: str, **source: Any) -> Settings:
    """Return settings for one source."""
    return Settings(home=home, sources=(SourceSettings(url=url, **source),))


def open_warehouse(settings: Settings) -> duckdb.DuckDBPyConnection:
    """Open the warehouse of the settings, writable."""
    settings.home.mkdir(parents=True, exist_ok=True)
    return warehouse.connect(settings.warehouse_path, settings)


def contents(con: duckdb.DuckDBPyConnection, name: str) -> list[tuple[Any, ...]]:
    """Return a raw table without the load's number, ordered by key."""
    columns = ", ".join(f'"{column}"' for column in tables()[name].column_names)
    sql = f"select {columns}, _source, _hash, _is_deleted from raw.{name} order by all"
    return con.execute(sql).fetchall()


def all_contents(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[Any, ...]]]:
    """Return every raw table as `contents` does."""
    return {name: contents(con, name) for name in tables()}


HOSPITAL: Rows = {
    "departments": [
        {"department_id": "0012", "name": "三楼护士站", "is_priority_window": True, "bed_count": 42}
    ],
    "tickets": [
        ticket(1, description="提示「卡纸」, 重启无效😀", is_onsite_required=False),
        ticket(2, "2026-03-01 15:59:59", asset_id="00420", title=""),
        ticket(3, "2026-03-31 16:00:00", ticket_no="00000000000000000001"),
    ],
    "ticket_events": [
        {
            "event_id": "E1",
            "ticket_id": "T00001",
            "seq": 1,
            "at": utc("2026-03-01 00:00:00"),
            "type": "reported",
            "recorded_at": utc("2026-03-01 00:00:05"),
        }
    ],
    "ticket_costs": [
        {
            "cost_id": "C1",
            "ticket_id": "T00001",
            "kind": "part",
            "quantity": Decimal("2.500"),
            "unit_price_cny": Decimal("0.035000"),
            "amount_cny": Decimal("1234567.89"),
            "occurred_on": date(2026, 3, 1),
            "is_in_warranty": None,
        }
    ],
    "asset_states": [
        {
            "asset_id": "00420",
            "valid_from": utc("1988-06-01 00:00:00"),
            "state": "in_service",
        }
    ],
}


def proposed(tmp_path: Path, file: Path, sheet: str | None = None) -> tuple[Found, Settings]:
    """Let the assistant write its mapping; return it with the settings of a source that uses it."""
    target = tmp_path / f"{file.stem}.yml"
    con = warehouse.connect(":memory:", settings_for(tmp_path / "scratch", str(file)))
    found = assistant.examine(con, file, sheet, load_vocabulary(None))
    con.close()
    target.write_text(assistant.render(found, file.name), encoding="utf-8")
    settings = settings_for(tmp_path / "home", str(file.parent), system="files", mapping=target)
    return found, settings
