"""The SELECTs behind each kind of metric: sums, counts and ranks per period and dimension value.

Holds SQL and nothing else: every function returns rows as dictionaries keyed by `period_start`, the
dimension columns and the aggregates. Rounding, intervals and states are made by the kinds that
`metric_results` lists. Ratios never leave here as ratios: numerator and denominator do.
"""

import re
from collections.abc import Mapping

from assets.metric_places import Scale, accrued, open_at, place, seconds
from assets.metric_query import Query, Row

__all__ = [
    "CENSUS_OFFSET_SECONDS",
    "Query",
    "Row",
    "below_min",
    "census",
    "completed",
    "doubted",
    "downtime",
    "durations",
    "events",
    "exposure",
    "finished",
    "grouped",
    "instants",
    "stock",
    "survival",
    "weighted_time",
]

CENSUS_OFFSET_SECONDS = 36_000  # 10:00 local
_COUNTS = re.compile(r"\s*count_if\b")
_QUANTILES = {"median": 50, "p90": 90}


def _counted(sql: str) -> str:
    """Return an aggregate that counts 0 where its condition is known of no row.

    DuckDB's `count_if` over NULLs alone is NULL. A sum of nothing known stays NULL: no data.
    """
    return f"coalesce({sql}, 0)" if _COUNTS.match(sql) else sql


def _aggregates(expressions: Mapping[str, str], prefix: str) -> str:
    return "".join(f", {_counted(sql)} as {prefix}{name}" for name, sql in expressions.items())


def grouped(query: Query) -> list[Row]:
    """Counts, sums and shares of a dated fact, per group.

    Columns `n`, `den`, `num_*`, `m_*`, `s_*`, and `b_*`: the cases that a statistic rests on.
    """
    metric = query.metric
    extra = (
        (f", {_counted(metric.denominator)} as den" if metric.denominator else "")
        + _aggregates(metric.numerators, "num_")
        + _aggregates(metric.measures, "m_")
        + _aggregates(metric.means, "s_")
        + _aggregates(metric.bases, "b_")
    )
    return query.rows(
        f"select p.period_start{query.selected()}, count(*) as n{extra} "
        f"from {query.dated(metric.fact, metric.on)} "
        f"where ({metric.where}){query.filters()[0]} group by all order by all"
    )


def doubted(query: Query) -> list[Row]:
    """Return the groups with rows that nobody may rely on."""
    metric = query.metric
    return query.rows(
        f"select distinct p.period_start{query.selected()} "
        f"from {query.dated(metric.fact, metric.on)} "
        f"where ({metric.doubted}){query.filters()[0]} order by all"
    )


def events(query: Query) -> list[Row]:
    """Events of a rate: `x` per group."""
    metric = query.metric
    return query.rows(
        f"select p.period_start{query.selected()}, count(*) as x "
        f"from {query.dated(metric.fact, metric.on)} "
        f"where ({metric.where}){query.filters()[0]} group by all order by all"
    )


_OVERLAP = "(least(f.to_second, p.instant_second) - greatest(f.from_second, p.first_second))"
_TOUCHES = "f.from_second < p.instant_second and f.to_second > p.first_second"


def exposure(query: Query) -> list[Row]:
    """In-service seconds per group: `seconds`."""
    return query.rows(accrued(query, "fact_exposure", {"seconds": "1"}, seconds(query)))


def downtime(query: Query) -> list[Row]:
    """Seconds fully down per group: `down_seconds`."""
    weights = {"down_seconds": "1"}
    sql = accrued(query, "fact_downtime", weights, seconds(query), "f.weight_pct = 100")
    return query.rows(sql)


def weighted_time(query: Query, fact: str, *, is_planned: bool) -> list[Row]:
    """Seconds per group: `weighted` by criticality, `plain`; `gaps` = rows not covered.

    ``fact`` is `fact_exposure`, or `fact_downtime` whose weight is applied too (in hundredths).
    """
    weight = "f.criticality_weight" + (" * f.weight_pct" if fact == "fact_downtime" else " * 100")
    if not is_planned:
        weights = {"weighted": weight, "plain": "1"}
        found = query.rows(accrued(query, fact, weights, seconds(query), _lost(query, fact)))
        return [{**row, "gaps": 0} for row in found]
    planned = (
        "(least(f.to_planned_second, e.planned_second) "
        "- greatest(f.from_planned_second, b.planned_second))"
    )
    return query.rows(
        f"select p.period_start{query.selected()}, "
        f"sum(case when {planned} > 0 then {weight} * {planned} else 0 end) as weighted, "
        f"sum(case when {planned} > 0 then {planned} else 0 end) as plain, "
        f"count_if({planned} is null) as gaps "
        f"from {query.period_rows()} inner join kpi.{fact} as f on {_TOUCHES} "
        "left join kpi.calendar_midnights as b "
        "on b.calendar_id = f.planned_calendar_id and b.on_date = p.clip_start "
        "left join kpi.calendar_midnights as e "
        "on e.calendar_id = f.planned_calendar_id and e.on_date = p.clip_end "
        f"where ({_lost(query, fact)}){query.filters()[0]} group by all order by all"
    )


def _lost(query: Query, fact: str) -> str:
    """Return which down time is lost to the metric; of time in service all counts."""
    return query.metric.where if fact == "fact_downtime" else "true"


def census(query: Query, fact: str) -> list[Row]:
    """Devices counted at 10:00 of each day, summed over days: `counted` per group.

    The counts are numbered; a span is seen by those from the first after its begin to the first
    after its end, so that what accrues is numbers of counts.
    """
    days = query.con.execute(
        f"select on_date, midnight_second + {CENSUS_OFFSET_SECONDS} from kpi.calendar_midnights "
        "where calendar_id = '24x7' order by on_date"
    ).fetchall()
    bounds: list[int] = []
    starts = []
    for period in query.periods:
        seen = [
            number
            for number, (day, second) in enumerate(days)
            if period.clip_start <= day < period.clip_end and second <= period.level_second
        ]
        if seen:
            bounds += ([] if bounds else [seen[0]]) + [seen[-1] + 1]
            starts.append(period.start)
    if not starts:
        return []
    counts = [second for _, second in days]
    scale = Scale(place("f.from_second", counts), place("f.to_second", counts), bounds, starts)
    lost = _lost(query, fact)
    down = f"f.weight_pct = 100 and ({lost})" if fact == "fact_downtime" else lost
    return query.rows(accrued(query, fact, {"counted": "1"}, scale, down))


def durations(query: Query) -> list[Row]:
    """Nearest-rank quantiles, sum and count of a duration: `n`, `total`, `median`, `p90`."""
    metric = query.metric
    keys = "".join(f", {key}" for key in query.keys)
    picks = "".join(
        f", min(case when 100 * up_to >= {percent} * n then seconds end) as {name}"
        for name, percent in _QUANTILES.items()
    )
    partition = f"partition by period_start{keys}"
    # equal durations are counted first: there are far fewer lengths than cases
    return query.rows(
        f"with lengths as (select p.period_start{query.selected()}, f.{metric.value} as seconds, "
        f"count(*) as cases from {query.dated(metric.fact, metric.on)} "
        f"where ({metric.where}) and f.{metric.value} is not null{query.filters()[0]} "
        "group by all), "
        f"ranked as (select *, sum(cases) over ({partition} order by seconds "
        "rows between unbounded preceding and current row) as up_to, "
        f"sum(cases) over ({partition}) as n from lengths) "
        f"select period_start{keys}, max(n)::bigint as n, "
        f"sum(seconds * cases)::bigint as total{picks} "
        "from ranked group by all order by all"
    )


def survival(query: Query) -> list[Row]:
    """Durations of the reported cohort, open ones censored: `seconds`, `observed`, `tickets`."""
    metric = query.metric
    cohort = metric.survival
    if cohort is None:
        return []
    return query.rows(
        f"select p.period_start{query.selected()}, {cohort.value} as seconds, "
        f"{cohort.observed} as observed, count(*) as tickets "
        f"from {query.dated(metric.fact, cohort.on)} "
        f"where ({cohort.where}){query.filters()[0]} group by all order by all"
    )


def instants(query: Query) -> list[Row]:
    """What is open at each period's last instant: `n` and the measures `m_*` per group."""
    metric = query.metric
    ends = metric.stop if " " in metric.stop else f"f.{metric.stop}"
    met = open_at(query, metric.fact, f"f.{metric.start}", ends, "level_second")
    return query.rows(
        f"with met as ({met}) "
        f"select p.period_start{query.selected()}, count(*) as n"
        f"{_aggregates(metric.measures, 'm_')} "
        f"from {query.period_rows()} inner join met as f on p.period_start = f.open_in "
        f"where ({metric.where}){query.filters()[0]} group by all order by all"
    )


def completed(query: Query) -> list[Row]:
    """完修率 of the reported cohort: `size`, and the `hits` restored within the grace."""
    return query.rows(
        f"select p.period_start{query.selected()}, count(*) as size, "
        "count_if(coalesce(f.restored_on <= f.completed_by_on, false)) as hits "
        f"from {query.dated('fact_tickets', 'reported_on')} "
        f"where not f.is_void{query.filters()[0]} group by all order by all"
    )


def finished(query: Query) -> list[Row]:
    """完修率 of the flow: the tickets known in the period (`size`), and the `hits` finished in it.

    Known are those that were open when the period began and those reported in it; finished are
    those of them that are restored and not open again when it ends. Both instants come from the
    spans of states, so a later reopening or restoration changes no past period.
    """
    keys = "".join(f", {key}" for key in query.keys)
    taken = (
        f"select p.period_start{query.selected()}, f.site_id as id_of_site, "
        "f.ticket_id as id_of_ticket, f.restored_on"
    )
    spans = ("fact_status_spans", "f.from_second", "f.to_second")
    return query.rows(
        "with opened as (select distinct open_in, site_id, ticket_id from "
        f"({open_at(query, *spans, 'eve_second')})), "
        "left_open as (select distinct open_in, site_id as at_site, ticket_id as left_ticket from "
        f"({open_at(query, *spans, 'level_second')})), "
        f"known as ({taken} from {query.dated('fact_tickets', 'reported_on')} "
        f"where not f.is_void{query.filters()[0]} union all {taken} "
        f"from {query.period_rows()} inner join opened as o on p.period_start = o.open_in "
        "inner join kpi.fact_tickets as f on f.site_id = o.site_id and f.ticket_id = o.ticket_id "
        f"where not f.is_void and f.reported_on < p.period_start{query.filters()[0]}) "
        f"select period_start{keys}, count(*) as size, "
        "count_if(restored_on is not null and l.left_ticket is null) as hits "
        "from known as k left join left_open as l on l.open_in = k.period_start "
        "and l.at_site = k.id_of_site and l.left_ticket = k.id_of_ticket "
        "group by all order by all",
        repeat=2,
    )


def stock(query: Query) -> list[Row]:
    """Stock at each period's end: `quantity`, `value_cny`, `unpriced` rows, per group."""
    return query.rows(
        f"select p.period_start{query.selected()}, sum(f.net_quantity) as quantity, "
        "sum(f.net_quantity * f.price_cny) as value_cny, "
        "count_if(f.price_cny is null) as unpriced "
        f"from {query.period_rows()} inner join kpi.fact_stock as f on f.on_date < p.period_end "
        f"where true{query.filters()[0]} group by all order by all"
    )


def below_min(query: Query) -> list[Row]:
    """Parts whose stock over all stores is under their limit: `below` of `limited` per group."""
    keys = "".join(f", {key}" for key in query.keys)
    selected = query.selected()
    return query.rows(
        f"select period_start{keys}, count_if(balance < min_stock) as below, "
        "count(*) as limited from ("
        f"select p.period_start{selected}, f.site_id as id_of_site, f.part_id as id_of_part, "
        "f.min_stock, "
        "coalesce(sum(m.net_quantity), 0) as balance "
        f"from {query.period_rows()} cross join kpi.dim_parts as f "
        "left join kpi.fact_stock as m on f.site_id = m.site_id and f.part_id = m.part_id "
        "and m.on_date < p.period_end "
        f"where f.min_stock is not null{query.filters()[0]} group by all"
        f") group by all order by all"
    )
