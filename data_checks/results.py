"""What a check found, as counts, and its place in the books: ``raw.check_results``.

Holds the shape of a result and its storing. One row for each local day, table and rule: a rule on
changed rows adds up what the day's loads showed it, a rule on the state of the tables keeps what
the last load found. Nothing here holds a value of a row.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd

from assets.pull import PullReport
from assets.warehouse import transaction
from data_checks.rule import Aspect, Severity

# A critical rule weighs three times a warning in the score: its rows are missing from the numbers.
# So few failing rows are slips, whatever their share; a small table would be distrusted for one.
_SLIPS = 5
WEIGHTS: dict[Severity, int] = {"critical": 3, "warning": 1}

_COLUMNS = (
    "table_name", "rule", "aspect", "severity", "weight", "tolerance_pct", "is_state", "is_over",
    "checked", "failed", "zh", "en",
)  # fmt: skip
_TODAY = "$on_date::date"


@dataclass(frozen=True)
class RuleResult:
    """How one rule came out: counts, never values.

    Attributes:
        checked: rows (or things) looked at; 0: the rule had nothing to say.
        is_state: asked of the whole table after the load, not of the rows that changed.
        tolerance: share of failing rows above which KPIs on the table are not to be trusted;
            None: the rule says nothing about that.
    """

    table: str
    rule: str
    severity: Severity
    checked: int
    failed: int
    zh: str
    en: str
    aspect: Aspect = "valid"
    is_state: bool = False
    tolerance: float | None = None

    @property
    def is_over(self) -> bool:
        """Whether more rows fail than numbers on the table can bear."""
        if self.tolerance is None or (self.failed <= _SLIPS and self.checked > 1):
            return False
        return self.failed > self.tolerance * self.checked


def store_states(
    con: duckdb.DuckDBPyConnection, report: PullReport, results: Iterable[RuleResult], zone: str
) -> None:
    """Write what the rules on whole tables say after a load, in place of what they said before.

    The arguments are those of `store`, but the warehouse is outside any transaction.
    """
    with transaction(con):
        # states are told anew by every load; what a rule no longer says must not stay behind
        con.execute(
            f"delete from raw.check_results where on_date = {_TODAY} and is_state",
            {"on_date": _day(report, zone)},
        )
        store(con, report, results, zone)


def _day(report: PullReport, zone: str) -> date:
    """Return the local day of a load; data up to midnight are those of the day that ends."""
    moment = pd.Timestamp(report.as_of, tz="UTC") - pd.Timedelta(seconds=1)
    return moment.tz_convert(ZoneInfo(zone)).date()


def store(
    con: duckdb.DuckDBPyConnection, report: PullReport, results: Iterable[RuleResult], zone: str
) -> None:
    """Add the results of a load to ``raw.check_results``.

    What was found among changed rows belongs into the pull's own transaction: the next run would
    not see those rows as changed again.

    Args:
        con: the warehouse, inside a transaction.
        report: of the pull that was checked.
        results: every result of this load.
        zone: the hospital's; the day is the local one in which the load's as-of ends.
    """
    rows = [_row(result) for result in results if result.checked]
    if not rows:
        return
    values = {"on_date": _day(report, zone), "load_id": report.load_id, "as_of": report.as_of}
    names = ", ".join(_COLUMNS)
    con.register("new_results", pd.DataFrame(rows, columns=list(_COLUMNS)))
    con.execute(
        "update raw.check_results as r set checked = r.checked + n.checked, "
        "failed = r.failed + n.failed, load_id = $load_id, as_of = $as_of "
        f"from new_results as n where r.on_date = {_TODAY} and not n.is_state "
        "and r.table_name = n.table_name and r.rule = n.rule",
        values,
    )
    con.execute(
        f"insert into raw.check_results (on_date, load_id, as_of, {names}) "
        f"select {_TODAY}, $load_id, $as_of, {names} from new_results as n "
        f"where not exists (from raw.check_results as r where r.on_date = {_TODAY} "
        "and r.table_name = n.table_name and r.rule = n.rule)",
        values,
    )
    con.unregister("new_results")


def _row(result: RuleResult) -> tuple[object, ...]:
    tolerance = None if result.tolerance is None else round(result.tolerance * 100, 2)
    return (
        result.table,
        result.rule,
        result.aspect,
        result.severity,
        WEIGHTS[result.severity],
        tolerance,
        result.is_state,
        result.is_over,
        result.checked,
        result.failed,
        result.zh,
        result.en,
    )
