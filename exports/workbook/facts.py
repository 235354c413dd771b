"""The rows behind a month's workbook, read from one snapshot as one role may see them.

Holds reading and naming: which tickets, clocks, cost lines and parts belong to the month, local
times, display words. Totals and formulas are made by the sheets, KPIs are read in `numbers`.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from assets import metrics
from exports.workbook.editions import Edition
from exports.workbook.flows import Flow, Span, flow_of
from exports.workbook.words import MISSING, Words

Row = dict[str, Any]
Key = tuple[str, str]
_THOUSANDTHS = Decimal(1000)
_IN_HAND = (
    "(site_id, ticket_id) in (select site_id, ticket_id from kpi.fact_status_spans "
    "where from_second <= ? and (to_second is null or to_second > ?))"
)


@dataclass(frozen=True)
class Month:
    """A reporting month: local days [start, end), its instants in seconds, as-of at the latest."""

    start: date
    end: date
    begin_second: int
    end_second: int
    is_complete: bool

    @property
    def text(self) -> str:
        """The month as `2026-10`."""
        return f"{self.start:%Y-%m}"


def first_day(text: str) -> date:
    """Return the first day of a month that is written `2026-10`."""
    return date(int(text[:4]), int(text[5:7]), 1)


def month_of(text: str, known: metrics.Context) -> Month:
    """Return a month in the hospital's zone, cut at as-of."""
    start = first_day(text)
    end = metrics.add_months(start, 1)
    zone = ZoneInfo(known.timezone)
    begin_second, end_second = (
        int(datetime.combine(day, time(), tzinfo=zone).timestamp()) for day in (start, end)
    )
    as_of = int(known.as_of.replace(tzinfo=UTC).timestamp())
    return Month(start, end, begin_second, min(end_second, as_of), end_second <= as_of)


@dataclass(frozen=True)
class PartLedger:
    """One part over the month; quantities over all stores, prices per unit."""

    site_id: str
    part_id: str
    part_no: str
    name: str
    part_class: str
    unit: str
    price: Decimal | None
    minimum: Decimal | None
    opening: Decimal
    received: Decimal
    issued: Decimal
    adjusted: Decimal
    has_moves: bool

    @property
    def closing(self) -> Decimal:
        """Opening, in, out and adjustments together."""
        return self.opening + self.received - self.issued + self.adjusted

    @property
    def is_below(self) -> bool:
        """Whether the closing stock is under the lower limit."""
        return self.minimum is not None and self.closing < self.minimum


class Names:
    """Display words of codes and ids, from the snapshot."""

    def __init__(self, con: duckdb.DuckDBPyConnection, role: str, words: Words) -> None:
        """Read the label lists and the names that the role may see."""
        self.words = words
        labels = metrics.detail_rows(con, "dim_labels", role=role)
        self._labels = {
            (row["kind"], row["code"]): (words(row["zh"], row["en"]), row["sort_order"])
            for row in labels
        }
        self._departments = _by_id(con, "dim_departments", "department_id", role)
        sites = metrics.detail_rows(con, "dim_sites", role=role)
        self.sites = {row["site_id"]: row["name"] or row["site_id"] for row in sites}
        is_open = role in metrics.dimensions()["engineer"].roles
        self._engineers = _by_id(con, "dim_engineers", "engineer_id", role) if is_open else {}

    def label(self, kind: str, code: str | None) -> str:
        """Return the word of a code, the code itself where it has none."""
        if code is None:
            return self.words("未填", "not given")
        return self._labels.get((kind, code), (code, 0))[0]

    def order(self, kind: str, code: str | None) -> tuple[int, str]:
        """Return where a code stands in its list; unknown ones last."""
        last = len(self._labels)
        return (last if code is None else self._labels.get((kind, code), ("", last))[1], code or "")

    def department(self, site_id: str, department_id: str | None) -> str:
        """Return a department's name."""
        if department_id is None:
            return self.words("未填", "not given")
        return self._departments.get((site_id, department_id), department_id)

    def engineer(self, site_id: str, engineer_id: str | None) -> str:
        """Return an engineer's name, a dash where nobody holds the ticket."""
        if engineer_id is None:
            return MISSING
        return self._engineers.get((site_id, engineer_id), engineer_id)


def _by_id(con: duckdb.DuckDBPyConnection, table: str, key: str, role: str) -> dict[Key, str]:
    rows = metrics.detail_rows(con, table, role=role)
    return {(row["site_id"], row[key]): row["name"] or row[key] for row in rows}


@dataclass(frozen=True)
class Facts:
    """Everything that the sheets of one workbook are made of."""

    known: metrics.Context
    month: Month
    names: Names
    tickets: Sequence[Row]
    flows: Mapping[Key, Flow]
    clocks: Sequence[Row]
    costs: Sequence[Row]
    parts: Sequence[PartLedger]
    matches: Sequence[Row]
    bills: Sequence[Row]
    pages: Sequence[Row]
    devices: Sequence[Row]
    quality: Sequence[Row]
    checks: Sequence[Row]
    connected: Sequence[str]

    def local(self, instant: datetime | None) -> datetime | None:
        """Return a UTC instant on the hospital's clock, without zone, to the second."""
        if instant is None:
            return None
        local = instant.replace(tzinfo=UTC).astimezone(ZoneInfo(self.known.timezone))
        return local.replace(tzinfo=None, microsecond=0)

    def in_month(self, day: date | None) -> bool:
        """Tell whether a local day lies in the month."""
        return day is not None and self.month.start <= day < self.month.end

    def has(self, *tables: str) -> bool:
        """Tell whether the source yields these tables."""
        return set(tables) <= set(self.connected)


def read(con: duckdb.DuckDBPyConnection, month: Month, edition: Edition, words: Words) -> Facts:
    """Read the rows of a month that an edition needs and may see."""
    role = edition.role
    tickets: list[Row] = []
    flows: dict[Key, Flow] = {}
    clocks: list[Row] = []
    if "tickets" in edition.sheets:
        tickets = _tickets(con, month, role)
        flows = _flows(con, month, role, tickets)
    if "clocks" in edition.sheets:
        clocks = metrics.detail_rows(
            con, "fact_clocks", role=role,
            where="is_counted and period_on >= ? and period_on < ?",
            parameters=[month.start, month.end], order_by="site_id, ticket_id, clock",
        )  # fmt: skip
    costs = metrics.detail_rows(
        con, "fact_costs", role=role, where="occurred_on >= ? and occurred_on < ?",
        parameters=[month.start, month.end], order_by="occurred_on, site_id, cost_id",
    )  # fmt: skip
    connected = metrics.detail_rows(con, "connected_tables", role=role)
    return Facts(
        known=metrics.context(con),
        month=month,
        names=Names(con, role, words),
        tickets=tickets,
        flows=flows,
        clocks=clocks,
        costs=costs,
        parts=_parts(con, month, role),
        matches=_of_month(con, month, role, "fact_ticket_parts", "restored_on"),
        bills=_of_month(con, month, role, "fact_print_bills", "month_on"),
        pages=_of_month(con, month, role, "fact_pages", "read_on"),
        devices=metrics.detail_rows(con, "dim_assets", role=role),
        quality=metrics.detail_rows(con, "data_quality", role=role),
        checks=metrics.detail_rows(
            con,
            "check_results",
            role=role,
            order_by="severity, table_name, rule",
            where="failed > 0 and on_date = (select max(on_date) from kpi.check_results)",
        ),
        connected=[row["table_name"] for row in connected],
    )


def _of_month(
    con: duckdb.DuckDBPyConnection, month: Month, role: str, table: str, day: str
) -> list[Row]:
    """Return the rows of a table whose local day lies in the month."""
    return metrics.detail_rows(
        con, table, role=role, where=f"{day} >= ? and {day} < ?",
        parameters=[month.start, month.end],
    )  # fmt: skip


def _tickets(con: duckdb.DuckDBPyConnection, month: Month, role: str) -> list[Row]:
    """Return tickets reported, created, first finished, restored or in hand in the month."""
    return metrics.detail_rows(
        con,
        "fact_tickets",
        role=role,
        where="(reported_on >= $1 and reported_on < $2) or (restored_on >= $1 and restored_on < $2)"
        " or (created_on >= $1 and created_on < $2) "
        "or (first_finished_on >= $1 and first_finished_on < $2) "
        "or (reported_on < $1 and (ended_at is null or "
        "seconds_between(timestamp '1970-01-01', ended_at) > $3)) or "
        + _IN_HAND.replace("?", "$4", 1).replace("?", "$3", 1),
        parameters=[month.start, month.end, month.begin_second, month.end_second],
        order_by="reported_at, site_id, ticket_id",
    )


def _flows(
    con: duckdb.DuckDBPyConnection, month: Month, role: str, tickets: Sequence[Row]
) -> dict[Key, Flow]:
    rows = metrics.detail_rows(
        con,
        "fact_status_spans",
        role=role,
        where=_IN_HAND,
        parameters=[month.end_second, month.begin_second],
        order_by="site_id, ticket_id, from_second",
    )
    spans: dict[Key, list[Span]] = defaultdict(list)
    for row in rows:
        spans[row["site_id"], row["ticket_id"]].append((row["from_second"], row["to_second"]))
    return {
        (ticket["site_id"], ticket["ticket_id"]): flow_of(
            spans.get((ticket["site_id"], ticket["ticket_id"]), []),
            month.begin_second,
            month.end_second,
            is_void=ticket["is_void"],
        )
        for ticket in tickets
    }


def _parts(con: duckdb.DuckDBPyConnection, month: Month, role: str) -> list[PartLedger]:
    moves = metrics.detail(
        con, "fact_stock", role=role, where="on_date < ?", parameters=[month.end]
    )
    sums: dict[Key, dict[str, int]] = defaultdict(lambda: dict.fromkeys("onir", 0))
    exact = moves[["net_quantity", "in_quantity", "out_quantity"]].mul(1000).round().astype("int64")
    is_before = (moves["on_date"].dt.date < month.start) if len(moves) else []
    columns = (moves["site_id"], moves["part_id"], is_before, *(exact[name] for name in exact))
    for site_id, part_id, before, net, received, issued in zip(*columns, strict=True):
        entry = sums[site_id, part_id]
        if before:
            entry["o"] += int(net)
        else:
            entry["n"] += int(net)
            entry["r"] += int(received)
            entry["i"] += int(issued)
    return [
        _ledger(row, sums.get((row["site_id"], row["part_id"])))
        for row in metrics.detail_rows(
            con, "dim_parts", role=role, order_by="site_id, part_no, part_id"
        )
    ]


def _ledger(row: Row, sums: Mapping[str, int] | None) -> PartLedger:
    amounts = sums or dict.fromkeys("onir", 0)
    opening, net, issued, received = (Decimal(amounts[key]) / _THOUSANDTHS for key in "onir")
    return PartLedger(
        site_id=row["site_id"],
        part_id=row["part_id"],
        part_no=row["part_no"] or row["part_id"],
        name=row["name"],
        part_class=row["part_class"] or MISSING,
        unit=row["unit"] or MISSING,
        price=row["price_cny"],
        minimum=row["min_stock"],
        opening=opening,
        received=received,
        issued=issued,
        adjusted=net - received + issued,
        has_moves=sums is not None,
    )
