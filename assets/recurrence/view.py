"""Repeat problems as surfaces read them from a snapshot, and what a month brought.

Holds the reading of `kpi.detail_problems`, of one problem with its failures, and the month's
report. What beats chance was decided before publication, in `chances`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from assets.causes.topic import conditions
from assets.metric_details import detail_rows
from assets.recurrence.naive import NOTHING_SEEN, reports_back
from config.errors import ConfigError, StateError

Rows = list[dict[str, Any]]
KINDS = ("asset", "location", "lot", "model")
_TOP = 10
_RANKED = "problem_rank, priority_cny desc, p_value, problem_id"
# What a problem and its failures can both be cut by.
_CUTS = (
    "site", "department", "zone", "asset_class", "brand", "model", "fault_family", "fault_group",
    "asset",
)  # fmt: skip
_REMEDY = "请用 opspulse recurrence list 查看全部问题。"


@dataclass(frozen=True)
class Problem:
    """One problem, the failures that make it, and the chains in which they came."""

    row: dict[str, Any]
    failures: Rows


@dataclass(frozen=True)
class MonthOfRepeats:
    """What a month brought.

    Attributes:
        totals: repeats of each site against chance.
        top: the first ten problems that failed in the month, by excess times cost.
        new_fleet: problems of a model that were none when the month began; known of the month
            that the snapshot ends only: see ``knows_new``.
        relapses: problems whose chain had been silent and that failed again in the month.
        common_causes: events of a common cause that began in the month.
    """

    totals: Rows
    top: Rows
    new_fleet: Rows
    knows_new: bool
    relapses: Rows
    common_causes: Rows


def problems(
    con: duckdb.DuckDBPyConnection,
    *,
    role: str = "head",
    kind: str | None = None,
    is_all: bool = False,
) -> Rows:
    """Return the problems in their order of rank.

    Args:
        con: a snapshot.
        role: who asks.
        kind: one of `KINDS`; None: all.
        is_all: also what repeated and did not beat chance.

    Raises:
        ConfigError: an unknown kind, or a role without the right.
    """
    if kind is not None and kind not in KINDS:
        raise ConfigError(f"没有「{kind}」这种问题。", f"可用的有:{'、'.join(KINDS)}。")
    where = "(f.is_problem or $1) and ($2 is null or f.problem_kind = $2)"
    return detail_rows(
        con, "detail_problems", role=role, where=where, parameters=[is_all, kind], order_by=_RANKED
    )


def totals(con: duckdb.DuckDBPyConnection, *, role: str = "head") -> Rows:
    """Return each site's repeats against chance, beside the usual rate (`naive.reports_back`)."""
    rows = detail_rows(con, "recurrence_totals", role=role, order_by="site_id")
    usual = {days: reports_back(con, days, role=role) for days in {r["window_days"] for r in rows}}
    return [row | usual[row["window_days"]].get(row["site_id"], NOTHING_SEEN) for row in rows]


def problem(con: duckdb.DuckDBPyConnection, name: str, *, role: str = "head") -> Problem:
    """Return one problem by its id or its rank.

    Raises:
        ConfigError: there is none of that name.
    """
    found = detail_rows(
        con,
        "detail_problems",
        role=role,
        where="f.problem_id = $1 or f.problem_rank::text = $1",
        parameters=[name],
        order_by=_RANKED,
    )
    if not found:
        raise ConfigError(f"没有名为「{name}」的问题。", _REMEDY)
    row = found[0]
    return Problem(row, _failures(con, row, role))


def _failures(con: duckdb.DuckDBPyConnection, row: dict[str, Any], role: str) -> Rows:
    """Return the failures behind a problem, oldest first; those of a model's devices all."""
    kind, site = row["problem_kind"], row["site_id"]
    if kind in ("location", "lot"):
        return detail_rows(
            con,
            "detail_chain_links",
            role=role,
            where="f.site_id = $1 and f.chain_kind = $2 and f.chain_id = $3",
            parameters=[site, kind, row["last_chain_id"]],
            order_by="reported_at, episode_id",
        )
    unit = ("asset_id", row["asset_id"]) if kind == "asset" else ("model", row["model"])
    return detail_rows(
        con,
        "fact_recurrence",
        role=role,
        where=f"f.site_id = $1 and f.{unit[0]} = $2 and f.fault_family = $3",
        parameters=[site, unit[1], row["fault_family"]],
        order_by="reported_on, episode_id",
    )


def called(
    con: duckdb.DuckDBPyConnection,
    start: date,
    end: date,
    *,
    codes: Mapping[str, Sequence[str]] | None = None,
    role: str = "head",
) -> Rows:
    """Return, in their order of rank, the problems with a failure in a period and scope.

    What is told of each is of its whole history up to the snapshot: only a whole one can beat
    chance.

    Args:
        con: a snapshot.
        start: first local day.
        end: local day after the last.
        codes: dimension id → codes of which one failure of the period must be; what neither
            problems nor failures are cut by is left out.
        role: who asks.

    Raises:
        ConfigError: a role without the right.
        StateError: a snapshot from before there were problems.
    """
    require(con)
    text, values = conditions(codes or {}, only=_CUTS)
    failed, times = _failed_in(text)
    return detail_rows(
        con,
        "detail_problems",
        role=role,
        where=f"f.is_problem and (f.site_id, f.problem_id) in ({failed})",
        parameters=[start, end, *values] * times,
        order_by=_RANKED,
    )


def require(con: duckdb.DuckDBPyConnection) -> None:
    """Raise StateError where a snapshot holds no table of problems yet."""
    row = con.execute(
        "select 1 from duckdb_tables() where schema_name = 'kpi' and table_name = 'detail_problems'"
    ).fetchone()
    if row is None:
        raise StateError("当前快照里还没有重复问题。", "请先运行 opspulse run。")


def month_report(
    con: duckdb.DuckDBPyConnection, start: date, end: date, *, role: str = "head"
) -> MonthOfRepeats:
    """Return what the local days from ``start`` up to ``end`` (exclusive) brought.

    Raises:
        ConfigError: a role without the right.
        StateError: a snapshot from before there were problems.
    """
    spoke = called(con, start, end, role=role)
    sums = totals(con, role=role)
    knows_new = any(row["compared_on"] == start for row in sums)
    days = [start, end]
    return MonthOfRepeats(
        totals=sums,
        top=spoke[:_TOP],
        new_fleet=[
            row for row in spoke if knows_new and row["problem_kind"] == "model" and row["is_new"]
        ],
        knows_new=knows_new,
        relapses=detail_rows(
            con,
            "detail_problems",
            role=role,
            where=f"f.is_problem and f.problem_kind = 'asset' and {_RELAPSED}",
            parameters=days,
            order_by=_RANKED,
        ),
        common_causes=detail_rows(
            con,
            "detail_common_causes",
            role=role,
            where="f.started_on >= $1 and f.started_on < $2",
            parameters=days,
            order_by="started_at, common_cause_id",
        ),
    )


# Which failures f make a problem p, beside its last one: that may still be open, and index repairs
# are restored.
_MADE_OF = (
    "inner join kpi.fact_recurrence as f on p.problem_kind = 'asset' and p.site_id = f.site_id "
    "and p.asset_id = f.asset_id and p.fault_family = f.fault_family",
    "inner join kpi.fact_recurrence as f on p.problem_kind = 'model' and p.site_id = f.site_id "
    "and p.model = f.model and p.asset_class is not distinct from f.asset_class "
    "and p.fault_family = f.fault_family",
    "inner join kpi.detail_chain_links as l on p.problem_kind in ('location', 'lot') "
    "and p.site_id = l.site_id and p.problem_kind = l.chain_kind and p.last_chain_id = l.chain_id "
    "inner join kpi.fact_recurrence as f on l.site_id = f.site_id and l.episode_id = f.episode_id",
)


def _failed_in(codes: str) -> tuple[str, int]:
    """Return the SELECT of problems that failed in a period, and how often it asks for it."""
    arms = [
        "select f.site_id, f.problem_id from kpi.detail_problems as f "
        f"where f.last_reported_on >= ? and f.last_reported_on < ?{codes}"
    ]
    arms += [
        f"select p.site_id, p.problem_id from kpi.detail_problems as p {join} "
        f"where p.is_problem and f.reported_on >= ? and f.reported_on < ?{codes}"
        for join in _MADE_OF
    ]
    return " union all ".join(arms), len(arms)


# A failure of the month that began anew what had been a chain, after it was closed by silence.
_RELAPSED = (
    "exists (from kpi.fact_recurrence as r inner join kpi.detail_chains as h "
    "on h.site_id = r.site_id and h.asset_id = r.asset_id and h.fault_family = r.fault_family "
    "and h.last_reported_on < r.reported_on and h.chain_kind = 'asset' "
    "where r.site_id = f.site_id and r.asset_id = f.asset_id "
    "and r.fault_family = f.fault_family and not r.is_repeat "
    "and r.reported_on >= $1 and r.reported_on < $2)"
)
