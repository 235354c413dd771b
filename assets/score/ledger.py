"""The ledger: every point of a score, traced to a ticket or to a named row of the rules.

Holds the SQL that unfolds the stored factors over the cases. The rows of an engineer and a period
add up to the score to 1e-9: points are decimals of twelve places.
"""

from datetime import date
from typing import Any

import duckdb

from assets.metric_periods import add_months
from assets.score import evidence
from assets.score.facts import excess_sql, value_sql
from assets.score.periods import QUARTER_MONTHS
from config.score_models import ScoreRules

# The named rows of the rules in the order in which they are shown, and the column of each.
RULE_ROWS = {
    "base": "base_points", "repeat_floor": "repeat_points", "reuse": "reuse_points",
    "fixes": "fix_points", "cap": "clip_points",
}  # fmt: skip
_POINTS = "decimal(18, 12)"
COLUMNS = (
    "site_id", "period", "period_on", "engineer_id", "component", "subject_id", "ticket_id",
    "rule_row", "points", "weight", "value", "part_1", "part_2", "part_3", "part_4", "rule_version",
    "rule_hash", "snapshot_hash",
)  # fmt: skip


def ledger_sql(
    rules: ScoreRules, kind: str, first: date, cases: str = "", scores: str = "kpi.score"
) -> str:
    """Return the SELECT of all ledger rows of a period, of the columns `COLUMNS`.

    Args:
        rules: the version under which the period was scored.
        kind: month or quarter.
        first: its first day.
        cases: a relation that stands in for `kpi.fact_score_cases`.
        scores: where the scores stand, before `_totals` and `_components`.
    """
    end = add_months(first, 1 if kind == "month" else QUARTER_MONTHS)
    known = (
        f"select p.*, t.rule_version, t.rule_hash, t.snapshot_hash from {scores}_components as p "
        f"inner join {scores}_totals as t using (site_id, period, period_on, engineer_id) "
        f"where p.period = '{kind}' and p.period_on = date '{first}' and p.share > 0"
    )
    stamp = "rule_version, rule_hash, snapshot_hash"
    key = "site_id, period, period_on, engineer_id, component"
    rule_rows = " union all ".join(
        f"select {key}, null as subject_id, null as ticket_id, '{row}' as rule_row, "
        f"cast({column} as {_POINTS}) as points, null as weight, null as value, null as part_1, "
        f"null as part_2, null as part_3, null as part_4, {stamp} from known "
        f"where {column} != 0 or '{row}' = 'base'"
        for row, column in RULE_ROWS.items()
    )
    return (
        f"with known as ({known}), cases as (select c.*, {value_sql(rules)} as value, "
        f"{excess_sql(rules)} as excess from {cases or 'kpi.fact_score_cases'} as c "
        f"where c.counted_on >= date '{first}' and c.counted_on < date '{end}') "
        "select k.site_id, k.period, k.period_on, k.engineer_id, k.component, c.subject_id, "
        "c.ticket_id, null as rule_row, "
        f"cast(k.case_factor * c.weight * (c.value - k.group_mean) as {_POINTS}) as points, "
        "c.weight, c.value, c.part_1, c.part_2, c.part_3, c.part_4, "
        "k.rule_version, k.rule_hash, k.snapshot_hash "
        "from known as k inner join cases as c on k.site_id = c.site_id "
        "and k.engineer_id = c.engineer_id and k.component = c.component "
        f"where c.value is not null union all {rule_rows}"
    )


def rows(
    con: duckdb.DuckDBPyConnection,
    rules: ScoreRules,
    kind: str,
    first: date,
    engineer: tuple[str, str] | None = None,
) -> list[dict[str, Any]]:
    """Return ledger rows of a period with what they rest on, of one (site, engineer) or of all.

    In a fixed order: rules last within a component, cases by points.
    """
    where = "" if engineer is None else "where site_id = $1 and engineer_id = $2"
    own = f"select * from ({ledger_sql(rules, kind, first)}) {where}"
    sql = (
        f"select {', '.join(COLUMNS)}, evidence from ({evidence.beside(own, kind, first)}) "
        "order by site_id, engineer_id, component, rule_row nulls last, points desc, subject_id"
    )
    found = con.execute(sql, list(engineer or ())).fetchall()
    return [dict(zip((*COLUMNS, "evidence"), row, strict=True)) for row in found]
