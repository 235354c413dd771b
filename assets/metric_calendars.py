"""Numbers that touch a day which their working calendar does not know: 「不可信」, and why.

Holds the marking and its words. Which days a calendar knows is in `config.calendars`, what that
does to a clock in `assets/core/clocks.sql`.
"""

from dataclasses import replace

import duckdb

from assets import metric_sql
from assets.metric_number import Number, key_of
from assets.metric_query import Query
from assets.metric_registry import Metric

_TOUCHING = {
    "fact_clocks": "select distinct calendar_id from kpi.fact_clocks where not is_reliable",
    "fact_exposure": "select distinct planned_calendar_id from kpi.fact_exposure",
}


def marked(query: Query, numbers: list[Number]) -> list[Number]:
    """Take the value from every group with a row that nobody may rely on (``doubted``)."""
    if not query.metric.doubted:
        return numbers
    doubted = {key_of(query, row) for row in metric_sql.doubted(query)}
    kept = [_valueless(one) if one.key in doubted else one for one in numbers]
    known = {one.key for one in numbers}
    return kept + [
        Number(key, name, None, state="unreliable")
        for key in doubted - known
        for name in query.metric.statistics
    ]


def _valueless(one: Number) -> Number:
    return replace(one, value=None, lo=None, hi=None, state="unreliable")


def gaps(con: duckdb.DuckDBPyConnection, metric: Metric) -> list[str]:
    """Return one phrase (zh) for each calendar whose unknown days the metric's rows touch."""
    fact = "fact_exposure" if metric.kind == "availability" else metric.fact
    if fact not in _TOUCHING or (fact == "fact_clocks" and not metric.doubted):
        return []
    rows = con.execute(
        "select coalesce(any_value(l.zh), m.calendar_id), "
        "string_agg(distinct cast(year(m.on_date) as text), '、' "
        "order by cast(year(m.on_date) as text)) "
        "from kpi.calendar_midnights as m cross join kpi.run_context as c "
        "left join kpi.dim_labels as l on l.kind = 'calendar' and l.code = m.calendar_id "
        "where m.planned_second is null and m.on_date <= c.as_of_on "
        f"and m.calendar_id in ({_TOUCHING[fact]}) group by m.calendar_id order by m.calendar_id"
    ).fetchall()
    return [
        f"日历「{name}」缺 {years} 年节假日,请在 config/calendars.yml 中补充"
        for name, years in rows
    ]
