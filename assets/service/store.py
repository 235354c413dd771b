"""Loaners that are out and preventive work that is due, row by row, for the page of the stock.

Holds the rows behind K24, K25 and K40 as a viewer may see them, with words for codes; the numbers
are metrics.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb

from assets import metrics
from assets.causes.topic import Names
from assets.viewers import Viewer

_AHEAD_DAYS = 30
_DAY = 86_400


@dataclass(frozen=True)
class Loan:
    """A machine that is out; ``overdue_days`` None where it is not, or has no day of return."""

    asset_id: str
    asset_class: str
    department: str
    lent_on: date
    due_on: date | None
    overdue_days: int | None


@dataclass(frozen=True)
class Due:
    """Something to be done on a device; ``overdue_days`` above 0 where its day has passed."""

    kind: str
    device: str
    asset_class: str
    department: str
    due_on: date
    overdue_days: int


def loans_out(con: duckdb.DuckDBPyConnection, viewer: Viewer, *, lang: str = "zh") -> list[Loan]:
    """Return the loans that are out at as-of, the longest overdue first.

    Raises:
        ConfigError: they are not open to the role.
    """
    known, names = metrics.context(con), Names(con, lang)
    now = int(known.as_of.replace(tzinfo=UTC).timestamp())
    rows = metrics.detail_rows(
        con, "fact_loans", role=viewer.data_role, where="f.returned_second is null",
        order_by="f.due_second nulls last, f.lent_second, f.loan_id",
    )  # fmt: skip
    zone = ZoneInfo(known.timezone)
    return [
        Loan(
            row["asset_id"],
            names.of("asset_class", row["asset_class"]),
            names.of("department", row["department_id"], row["site_id"]),
            row["lent_on"],
            None if row["due_second"] is None
            else datetime.fromtimestamp(row["due_second"], zone).date(),
            (now - row["due_second"]) // _DAY
            if row["due_second"] is not None and row["due_second"] < now
            else None,
        )
        for row in rows
    ]  # fmt: skip


def due(con: duckdb.DuckDBPyConnection, viewer: Viewer, *, lang: str = "zh") -> list[Due]:
    """Return maintenance and calibration overdue at as-of or due in thirty days, oldest first.

    Raises:
        ConfigError: they are not open to the role.
    """
    known, names = metrics.context(con), Names(con, lang)
    until = known.as_of_on + timedelta(days=_AHEAD_DAYS)
    rows = metrics.detail_rows(
        con, "fact_due", role=viewer.data_role,
        where="f.due_kind in ('maintenance', 'calibration') and f.done_second is null "
        "and f.due_on <= $1",
        parameters=[until], order_by="f.due_on, f.due_kind, f.item_id",
    )  # fmt: skip
    return [
        Due(
            names.label("due_kind", row["due_kind"]),
            " ".join(filter(None, (row["asset_tag"] or row["asset_id"], row["asset_name"]))),
            names.of("asset_class", row["asset_class"]),
            names.of("department", row["department_id"], row["site_id"]),
            row["due_on"],
            max((known.as_of_on - row["due_on"]).days, 0),
        )
        for row in rows
    ]
