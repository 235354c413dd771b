"""A warehouse from a handful of rows written by hand, for tests of core, kpi and metrics.

Holds only the builder: `warehouse(rows, as_of)` fills `raw.*` with the contract's types and runs
every model. Nothing here decides a figure; the expected figures stand in the tests.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from assets import models, raw_tables, rule_tables, warehouse
from assets.own_tables import followed_tables
from benchmarks.needed import needed
from config.rules import load_rules
from config.settings import Settings, load_settings

RAW_EXTRA = "_source text, _hash text, _load_id bigint, _is_deleted boolean default false"
SHANGHAI = ZoneInfo("Asia/Shanghai")


def local(text: str) -> datetime:
    """`2026-03-06 17:55` on the hospital's clock → naive UTC."""
    wall = datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
    return wall.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)


def create_raw(con: duckdb.DuckDBPyConnection) -> None:
    """Create every raw table of rows, empty, as a pull leaves them."""
    con.execute("create schema if not exists raw")
    for table in followed_tables().values():
        columns = ", ".join(f'"{column.name}" {column.type}' for column in table.columns)
        con.execute(f"create table raw.{table.name} ({columns}, {RAW_EXTRA})")
    raw_tables.ensure_books(con)


def settings(home: Path | None = None) -> Settings:
    """Settings with a home of their own."""
    folder = home or Path(mkdtemp(prefix="opspulse-handmade-"))
    return load_settings({"OPSPULSE_HOME": str(folder)})


def warehouse_of(
    rows: Mapping[str, Sequence[Mapping[str, Any]]],
    as_of: datetime,
    *,
    rules_dir: Path | None = None,
    home: Path | None = None,
    is_demo: bool = False,
    only: Iterable[str] = (),
) -> duckdb.DuckDBPyConnection:
    """Build raw, core and kpi in memory from rows by table; `site_id` H1 unless a row says.

    ``only`` these tables and what they need; all without any.
    """
    con = warehouse.connect(":memory:", settings(home))
    create_raw(con)
    for name, table_rows in rows.items():
        con.execute("insert into raw.connected_tables values ('main', ?)", [name])
        for row in table_rows:
            full = {"site_id": "H1", **row}
            names = ", ".join(f'"{column}"' for column in full)
            marks = ", ".join("?" * len(full))
            con.execute(f"insert into raw.{name} ({names}) values ({marks})", list(full.values()))
    context = rule_tables.RunContext(as_of, is_demo)
    rule_tables.load(con, load_rules(rules_dir), settings(home), context)
    models.build(con, needed(only) if only else models.discover())
    return con


def life(ticket_id: str, *steps: tuple[str, str], **more: Any) -> list[dict[str, Any]]:
    """Events of one ticket: (`2026-03-06 17:55`, type[:reason][@engineer][>to]) in order."""
    events = []
    for number, (when, step) in enumerate(steps, start=1):
        what, _, to_engineer = step.partition(">")
        what, _, engineer = what.partition("@")
        kind, _, reason = what.partition(":")
        events.append(
            {
                "event_id": f"{ticket_id}-{number}",
                "ticket_id": ticket_id,
                "seq": number,
                "at": local(when),
                "type": kind,
                "reason_code": reason or None,
                "engineer_id": engineer or None,
                "to_engineer_id": to_engineer or None,
                **more,
            }
        )
    return events
