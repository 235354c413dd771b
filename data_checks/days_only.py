"""Times that are days only: sources that know the day of a step and not its hour.

Holds the search, among the instants that spans are counted from, for those of a source that nearly
all lie at its local midnight. Nobody repairs every device at midnight: the clock time was never
there, so a span from such a day is a guess of up to a day, while counts by day go on. Which metrics
stand on which step says `Metric.moments`.
"""

from collections.abc import Mapping

import duckdb

from data_checks.results import RuleResult

SUFFIX = "_days_only"
# A few rows at midnight are chance; and some were typed in by hand with their time.
_LEAST_ROWS = 6
_LEAST_SHARE = 0.9

# Steps that spans are counted from or to, with their words.
_STEPS = {
    "reported": ("报修时间", "time of report"),
    "created": ("建单时间", "time of creation"),
    "dispatched": ("派单时间", "time of dispatch"),
    "accepted": ("接单时间", "time of acceptance"),
    "arrived": ("到场时间", "time of arrival"),
    "work_started": ("开始维修时间", "start of work"),
    "paused": ("暂停时间", "time of pausing"),
    "resumed": ("恢复处理时间", "time of resuming"),
    "restored": ("修复时间", "time of restoration"),
    "verified": ("验收时间", "time of verification"),
}


def count_days_only(
    con: duckdb.DuckDBPyConnection, zones: Mapping[str, str], zone: str
) -> list[RuleResult]:
    """Return one result for each step whose times some source gives as days.

    Args:
        con: a warehouse with its ``raw`` tables.
        zones: source → its time zone.
        zone: of sources that are not named there.
    """
    listed = ", ".join(f"'{step}'" for step in _STEPS if step != "reported")
    rows = con.execute(
        "with steps as (select 'tickets' as table_name, 'reported' as step, _source, "
        "t.reported_at as moment from raw.tickets as t where not t._is_deleted union all "
        "select 'ticket_events', e.type, _source, e.at from raw.ticket_events as e "
        f"where not e._is_deleted and e.type in ({listed})), "
        "local as (select *, (moment at time zone 'UTC') at time zone "
        "coalesce(map_extract_value($zones::map(text, text), _source), $zone) as wall from steps) "
        "select table_name, step, _source, count(*), count_if(wall = date_trunc('day', wall)) "
        "from local where moment is not null group by all "
        f"having count(*) >= {_LEAST_ROWS} and count_if(wall = date_trunc('day', wall)) "
        f">= {_LEAST_SHARE} * count(*) order by all",
        {"zones": dict(zones), "zone": zone},
    ).fetchall()
    found: dict[tuple[str, str], list[tuple[str, int, int]]] = {}
    for table, step, source, checked, failed in rows:
        found.setdefault((table, step), []).append((source, checked, failed))
    return [_result(table, step, sources) for (table, step), sources in found.items()]


def _result(table: str, step: str, sources: list[tuple[str, int, int]]) -> RuleResult:
    zh, en = _STEPS[step]
    names = "、".join(source for source, *_ in sources)
    where = f"{table}.{'reported_at' if step == 'reported' else f'at, type {step}'}"
    return RuleResult(
        table,
        f"{step}{SUFFIX}",
        "warning",
        sum(checked for _, checked, _ in sources),
        sum(failed for *_, failed in sources),
        f"数据源 {names} 的{zh}({where})只有日期没有时刻,算出的时长没有意义",
        f"{en} ({where}) of source {names} has days only, so spans from it mean nothing",
        "complete",
        is_state=True,
        tolerance=0.0,
    )
