"""What the score is computed from: monthly sums per engineer and component, and who was there.

Holds the reading of `kpi.fact_score_*` into arrays. All set-shaped work is done by DuckDB, in exact
decimals; what the sums mean is in `assets.analysis.scoring`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

import duckdb
import numpy as np
from numpy.typing import NDArray

from assets.analysis.scoring import Cases
from assets.metric_periods import add_months
from assets.score import fixes
from config.score_models import COMPONENTS, ScoreRules

FloatArray = NDArray[np.float64]
Person = tuple[str, str]
# The parts of each component in the order of the columns part_1 … part_4 of the cases.
PARTS: Mapping[str, tuple[str, ...]] = {
    "volume": ("units",),
    "timeliness": ("ack", "arrive", "restore"),
    "quality": ("recurrence", "first_fix", "reopen"),
    "satisfaction": ("response_speed", "professionalism", "communication", "overall"),
    "records": ("asset_bound", "complete"),
    "prevention": ("pm_on_time",),
}


def part_weights(rules: ScoreRules, component: str) -> dict[str, float]:
    """Return the weight of each part that a case can have: reuse and fixes belong to no case."""
    if component == "volume":
        return {"units": 1.0}
    parts: Mapping[str, object] = getattr(rules, component).parts
    return {name: float(str(parts.get(name, 0))) for name in PARTS[component]}


def value_sql(rules: ScoreRules, alias: str = "c") -> str:
    """Return SQL of a case's value: the mean of the parts that apply, by their weights."""
    branches = []
    for component in COMPONENTS:
        terms, weights = [], []
        for place, weight in enumerate(part_weights(rules, component).values(), 1):
            column = f"{alias}.part_{place}"
            terms.append(f"{weight} * coalesce({column}, 0)")
            weights.append(f"case when {column} is null then 0 else {weight} end")
        mean = f"({' + '.join(terms)}) / nullif({' + '.join(weights)}, 0)"
        branches.append(f"when '{component}' then {mean}")
    return f"cast(case {alias}.component {' '.join(branches)} end as decimal(14, 10))"


def excess_sql(rules: ScoreRules, alias: str = "c") -> str:
    """Return SQL of what a repair gained by coming back less often than chance would have it."""
    weights = list(part_weights(rules, "quality").values())
    known = " + ".join(
        f"case when {alias}.part_{place} is null then 0 else {weight} end"
        for place, weight in enumerate(weights, 1)
    )
    gain = f"{weights[0]} * coalesce({alias}.part_1 - 1, 0) / nullif({known}, 0)"
    return f"cast(case {alias}.component when 'quality' then {gain} end as decimal(14, 10))"


_SUMS = ("count", "weight", "square", "total", "total_square", "product_square", "excess")
_OF_CASES = 5


@dataclass(frozen=True, eq=False)
class Facts:
    """Months × engineers; sums are 0 where there is nothing.

    Attributes:
        as_of: the moment of the data (UTC).
        months: first days, in order, without gaps.
        people: (site, engineer).
        sums: by name and component: count, weight, square, total, total_square as in `Cases`;
            product_square Σ(wx)², of the volume alone, which has no total_square; excess Σw·gain
            beyond chance, of the quality.
        role, grade: posting when the month began; empty where unknown.
        is_there: employed or at work in the month.
        hired_on: first day, None where unknown.
        hours, roster, leave: available, planned and leave time (s).
        articles: (person's place, month's place) → articles of theirs that others used.
        fixes: likewise, measures of theirs that were confirmed.
        connected: contract tables that the sources yield.
    """

    as_of: datetime
    months: list[date]
    people: list[Person]
    sums: dict[str, dict[str, FloatArray]]
    role: NDArray[np.str_]
    grade: NDArray[np.str_]
    is_there: NDArray[np.bool_]
    hired_on: list[date | None]
    hours: FloatArray
    roster: FloatArray
    leave: FloatArray
    articles: dict[tuple[int, int], set[str]]
    fixes: dict[tuple[int, int], set[str]]
    connected: frozenset[str]

    def cases(self, component: str, months: NDArray[np.bool_]) -> Cases:
        """Return the sums over months × engineers that are chosen, one entry per engineer."""
        return Cases(
            *(
                np.where(months, self.sums[name][component], 0.0).sum(axis=0)
                for name in _SUMS[:_OF_CASES]
            )
        )


def read(con: duckdb.DuckDBPyConnection, rules: ScoreRules, *, cases: str = "") -> Facts:
    """Read all months under one version of the rules.

    Args:
        con: warehouse or snapshot, its fact tables in the schema `kpi`.
        rules: the version whose parts make a case's value.
        cases: a relation that stands in for `kpi.fact_score_cases`.
    """
    source = cases or "kpi.fact_score_cases"
    [(as_of,)] = con.execute("select as_of from kpi.run_context").fetchall()
    staff = con.execute(
        "select site_id, engineer_id, month_on, coalesce(role, ''), coalesce(grade, ''), hired_on, "
        "available_seconds, roster_seconds, leave_seconds from kpi.fact_engineer_months "
        "order by all"
    ).fetchall()
    sums = con.execute(
        f"select site_id, engineer_id, month_start(counted_on), component, count(*), sum(weight), "
        # squares of wide decimals are dear: each only where it is asked for
        "sum(weight * weight), sum(weight * value), "
        "coalesce(sum(case component when 'volume' then null else "
        "weight * cast(value * value as decimal(18, 10)) end), 0), "
        "coalesce(sum(case component when 'volume' then "
        "cast(weight * value * weight * value as decimal(18, 10)) end), 0), "
        "coalesce(sum(weight * excess), 0) from "
        f"(select c.*, {value_sql(rules)} as value, {excess_sql(rules)} as excess "
        f"from {source} as c) where value is not null group by all order by all"
    ).fetchall()
    people = sorted({row[:2] for row in (*staff, *sums)})
    months = _span({row[2] for row in (*staff, *sums)})
    facts = _empty(as_of, months, people, _connected(con))
    where, when = {one: n for n, one in enumerate(people)}, {one: n for n, one in enumerate(months)}
    for site, engineer, month, role, grade, hired, hours, roster, leave in staff:
        at = when[month], where[site, engineer]
        facts.role[at], facts.grade[at], facts.is_there[at] = role, grade, True
        facts.hours[at], facts.roster[at], facts.leave[at] = hours, roster, leave
        facts.hired_on[at[1]] = hired
    for site, engineer, month, component, *numbers in sums:
        at = when[month], where[site, engineer]
        facts.is_there[at] = True
        for name, number in zip(_SUMS, numbers, strict=True):
            facts.sums[name][component][at] = float(number)
    used = con.execute(
        "select distinct site_id, engineer_id, month_start(used_on), article_id "
        "from kpi.fact_article_reuses"
    )
    for made, rows in ((facts.articles, used.fetchall()), (facts.fixes, fixes.read(con))):
        for site, engineer, month, thing in rows:
            if (site, engineer) in where and month in when:
                made.setdefault((where[site, engineer], when[month]), set()).add(thing)
    return facts


def _connected(con: duckdb.DuckDBPyConnection) -> frozenset[str]:
    rows = con.execute("select distinct table_name from kpi.connected_tables").fetchall()
    own = {"improvements"} if fixes.is_kept(con) else set()
    return frozenset(own | {name for (name,) in rows})


def _span(months: set[date]) -> list[date]:
    """Return every month from the first to the last."""
    if not months:
        return []
    found, last = [min(months)], max(months)
    while found[-1] < last:
        found.append(add_months(found[-1], 1))
    return found


def begins(month: date) -> datetime:
    """Return the local moment that chooses the rules of a period: its first midnight."""
    return datetime.combine(month, time())


def _empty(
    as_of: datetime, months: list[date], people: list[Person], connected: frozenset[str]
) -> Facts:
    shape = (len(months), len(people))
    return Facts(
        as_of,
        months,
        people,
        sums={name: {one: np.zeros(shape) for one in COMPONENTS} for name in _SUMS},
        role=np.full(shape, "", dtype="U60"),
        grade=np.full(shape, "", dtype="U60"),
        is_there=np.zeros(shape, dtype=bool),
        hired_on=[None] * len(people),
        hours=np.zeros(shape),
        roster=np.zeros(shape),
        leave=np.zeros(shape),
        articles={},
        fixes={},
        connected=connected,
    )
