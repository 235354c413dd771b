"""GLPI databases for tests: the replayed one from its exported tables, and small hand-made ones.

Holds how tables are created with GLPI's own names and types and filled quickly. What must come out
of them is in the tests.
"""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pymysql

from assets.sources.layout import layout
from assets.sources.systems import folder

# The replay's clocks are wall clocks of this zone.
ZONE = "Asia/Shanghai"
OFFSET = "+08:00"
BATCH = 5000
_TYPES = {
    "int": "int",
    "ref": "int unsigned not null default 0",
    "text": "longtext",
    "instant": "timestamp null",
    "day": "date",
    "amount": "decimal(20,4) not null default 0",
}
_TEXTS = {"name", "old_value", "new_value", "itemtype", "itemtype_link"}
_TIME = re.compile(r"^date(_|$)|date$|^time_to_|_time_to_|^last_login$")

Rows = Mapping[str, Iterable[Mapping[str, Any]]]


def connect(url: str) -> pymysql.Connection:
    """Open a connection whose wall clocks are those of `ZONE`."""
    parts = urlsplit(url)
    return pymysql.connect(
        host=parts.hostname,
        port=parts.port or 3306,
        user=unquote(parts.username or "root"),
        password=unquote(parts.password or ""),
        database=parts.path.strip("/"),
        charset="utf8mb4",
        autocommit=True,
        init_command=f"set time_zone = '{OFFSET}', sql_mode = 'NO_AUTO_VALUE_ON_ZERO'",
    )


def _column_type(name: str, cells: Iterable[str]) -> str:
    if name in _TEXTS:
        return "varchar(255)"
    filled = [cell for cell in cells if cell]
    if _TIME.search(name) and all("-" in cell for cell in filled):
        return "timestamp null"
    is_number = all(cell.lstrip("-").isdigit() for cell in filled)
    return "int" if is_number and (filled or name.endswith("_id")) else "longtext"


def load_replay(url: str, folder: Path) -> None:
    """Create and fill the tables of ``folder/*.csv`` in an empty database."""
    csv.field_size_limit(10**9)
    with connect(url) as connection, connection.cursor() as cursor:
        for path in sorted(folder.glob("*.csv")):
            with path.open(encoding="utf-8", newline="") as lines:
                header, *rows = list(csv.reader(lines))
            columns = ", ".join(
                f"`{name}` {_column_type(name, (row[place] for row in rows))}"
                for place, name in enumerate(header)
            )
            cursor.execute(
                f"create table `{path.stem}` ({columns}, primary key (id)) engine=InnoDB"
            )
            _insert(cursor, path.stem, header, ([cell or None for cell in row] for row in rows))
        cursor.execute("create index date_mod on glpi_tickets (date_mod)")
        cursor.execute("create index item on glpi_logs (itemtype, items_id)")


def _insert(
    cursor: pymysql.cursors.Cursor,
    table: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
) -> None:
    names = ", ".join(f"`{name}`" for name in columns)
    marks = ", ".join(["%s"] * len(columns))
    values = list(rows)
    for start in range(0, len(values), BATCH):
        cursor.executemany(
            f"insert into `{table}` ({names}) values ({marks})", values[start : start + BATCH]
        )


class Glpi:
    """A hand-made GLPI with the tables that the connector knows, or some of them."""

    def __init__(self, url: str, names: Iterable[str] | None = None) -> None:
        """Create the named tables, empty; all by default."""
        self.url = url
        self.columns = layout(folder("glpi")).columns
        with connect(url) as connection, connection.cursor() as cursor:
            for name in names or self.columns:
                kinds = {column: _TYPES[kind] for column, kind in self.columns[name].items()}
                kinds["id"] = "int unsigned not null auto_increment primary key"
                kinds |= {"itemtype": "varchar(100)"} if "itemtype" in kinds else {}
                columns = ", ".join(f"`{column}` {kind}" for column, kind in kinds.items())
                cursor.execute(f"create table `{name}` ({columns})")

    def add(self, rows: Rows) -> "Glpi":
        """Insert rows; times are wall clocks of `ZONE`."""
        with connect(self.url) as connection, connection.cursor() as cursor:
            for name, records in rows.items():
                for record in records:
                    _insert(cursor, name, list(record), [list(record.values())])
        return self

    def run(self, *statements: str) -> None:
        """Run SQL, as GLPI would."""
        with connect(self.url) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
