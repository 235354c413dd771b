"""The SELECTs behind the kinds of metric in `metric_kinds_flow` and `metric_kinds_people`.

Holds SQL and nothing else, in the manner of `metric_sql`: rows keyed by `period_start` and the
dimension columns, numerators and denominators apart.
"""

from assets.metric_query import Query, Row

_OPEN_THEN = (
    "f.from_second <= p.level_second and (f.to_second is null or f.to_second > p.level_second)"
)


def _overlap(start: str, end: str) -> str:
    last = f"least(coalesce({end}, p.instant_second), p.instant_second)"
    return f"greatest({last} - greatest({start}, p.first_second), 0)"


def open_work(query: Query) -> list[Row]:
    """Tickets open at each period's end: `n`, `standard_seconds`, `unknown` ones without any."""
    return query.rows(
        f"select p.period_start{query.selected()}, count(*) as n, "
        "coalesce(sum(h.standard_seconds), 0)::bigint as standard_seconds, "
        "count_if(h.standard_seconds is null) as unknown "
        f"from {query.period_rows()} inner join kpi.fact_status_spans as f on {_OPEN_THEN} "
        "inner join kpi.fact_handling as h on f.site_id = h.site_id and f.ticket_id = h.ticket_id "
        f"where true{query.filters()[0]} group by all order by all"
    )


def capacity(query: Query) -> list[Row]:
    """Available seconds in the days before each period's end: `seconds` over `days`.

    The days are those of the calendar from the first with a roster; that of as-of is not over.
    """
    return query.rows(
        f"select p.period_start{query.selected()}, sum(f.available_seconds)::bigint as seconds, "
        "max(least(p.clip_end, c.as_of_on) - greatest(k.first_on, "
        "least(p.clip_end, c.as_of_on) - k.capacity_days::integer)) as days "
        f"from {query.period_rows()} cross join kpi.run_context as c cross join "
        "(select t.capacity_days, d.first_on from kpi.flow_terms as t cross join "
        "(select min(on_date) as first_on from kpi.fact_engineer_days "
        "where available_seconds > 0) as d) as k inner join kpi.fact_engineer_days as f "
        "on f.on_date < least(p.clip_end, c.as_of_on) "
        "and f.on_date >= least(p.clip_end, c.as_of_on) - k.capacity_days::integer "
        f"where f.available_seconds > 0{query.filters()[0]} group by all order by all"
    )


def wait_reasons(query: Query) -> list[str]:
    """Return the statistics of the metric that are reasons of pauses."""
    return [name for name in query.metric.statistics if name not in query.metric.numerators]


def waits(query: Query) -> list[Row]:
    """What pauses took off the clocks of the period: seconds, one column for each reason."""
    known = wait_reasons(query)
    named = ", ".join(f"'{name}'" for name in known if name != "other")
    met = {name: f"not in ({named})" if name == "other" else f"= '{name}'" for name in known}
    sums = "".join(
        f", sum(f.seconds) filter (where f.reason_code {condition})::bigint as {name}"
        for name, condition in met.items()
    )
    return query.rows(
        f"select p.period_start{query.selected()}{sums} "
        f"from {query.dated('fact_clock_waits', 'period_on')} where true{query.filters()[0]} "
        "group by all order by all"
    )


def loads(query: Query) -> list[Row]:
    """People's hands-on and available time: sums and how many are `overloaded` or `in_band`.

    Work of people who were on no roster in the period is apart: `unrostered_seconds`.
    """
    keys = "".join(f", {key}" for key in query.keys)
    return query.rows(
        f"with people as (select p.period_start{query.selected()}, "
        "f.site_id as id_of_site, f.engineer_id as id_of_engineer, "
        "sum(f.hands_on_seconds) as hands_on, sum(f.available_seconds) as available "
        f"from {query.dated('fact_engineer_days', 'on_date')} "
        f"where true{query.filters()[0]} group by all) "
        f"select period_start{keys}, "
        "coalesce(sum(hands_on) filter (where available > 0), 0)::bigint as hands_on_seconds, "
        "sum(available)::bigint as available_seconds, "
        "coalesce(sum(hands_on) filter (where available = 0), 0)::bigint as unrostered_seconds, "
        "count_if(available > 0) as people, "
        "count_if(available > 0 and hands_on > k.overload_share * available) as overloaded, "
        "count_if(available > 0 and hands_on >= k.band_low_share * available "
        "and hands_on <= k.band_high_share * available) as in_band "
        "from people cross join kpi.flow_terms as k group by all order by all"
    )


def held(query: Query) -> list[Row]:
    """How many `people` hold how many tickets (`held`) at each period's end.

    People are those on the roster in the week before, and everybody who holds a ticket.
    """
    keys = "".join(f", {key}" for key in query.keys)
    return query.rows(
        f"with known as (select p.period_start{query.selected()}, f.site_id as id_of_site, "
        "f.engineer_id as id_of_engineer, 0 as held "
        f"from {query.period_rows()} inner join kpi.fact_engineer_days as f "
        "on f.on_date < p.clip_end and f.on_date >= p.clip_end - 7 and f.available_seconds > 0 "
        f"where true{query.filters()[0]} union all "
        f"select p.period_start{query.selected()}, f.site_id, f.engineer_id, 1 "
        f"from {query.period_rows()} inner join kpi.fact_holder_spans as f "
        "on f.from_second <= p.level_second "
        "and (f.is_current or f.to_second > p.level_second) "
        f"where true{query.filters()[0]}), "
        f"people as (select period_start{keys}, id_of_site, id_of_engineer, sum(held) as held "
        "from known group by all) "
        f"select period_start{keys}, held, count(*) as people from people "
        "group by all order by all",
        repeat=2,
    )


def ways(query: Query, fact: str, value: str) -> list[Row]:
    """Cases per stratum (fault family × priority) and way: `n`, `total`, `squares`."""
    day = query.metric.on if fact == query.metric.fact else "rated_on"
    return query.rows(
        f"select p.period_start{query.selected()}, f.fault_family as stratum_family, "
        "f.priority as stratum_priority, f.resolution_mode as way, count(*) as n, "
        f"sum({value})::hugeint as total, sum(({value})::hugeint * ({value})) as squares "
        f"from {query.dated(fact, day)} "
        f"where f.resolution_mode in ('remote', 'onsite') and f.fault_family is not null "
        f"and f.priority is not null and ({value}) is not null{query.filters()[0]} "
        "group by all order by all"
    )


def answers(query: Query) -> list[Row]:
    """Requests for a rating per department: `asked`, `answered`, `top`, sum of `marks`."""
    metric = query.metric
    return query.rows(
        f"select p.period_start{query.selected()}, f.site_id as id_of_site, "
        "f.department_id as id_of_department, count(*) as asked, "
        "count_if(f.is_counted) as answered, count_if(f.is_counted and f.is_top) as top, "
        "coalesce(sum(case when f.is_counted then f.overall end), 0)::bigint as marks "
        f"from {query.dated(metric.fact, metric.on)} "
        f"where ({metric.where}){query.filters()[0]} group by all order by all"
    )


def reported(query: Query) -> list[Row]:
    """Tickets reported per group, void ones left out: `n`."""
    return query.rows(
        f"select p.period_start{query.selected()}, count(*) as n "
        f"from {query.dated('fact_tickets', 'reported_on')} "
        f"where not f.is_void{query.filters()[0]} group by all order by all"
    )


_DOINGS = (
    "in_use", "in_repair", "at_vendor", "waiting_part", "loaner", "lent_out", "in_stock", "stopped",
    "retired",
)  # fmt: skip


def device_states(query: Query) -> list[Row]:
    """Devices at each period's end by what they are doing; open failures tell those in service."""
    keys = "".join(f", {key}" for key in query.keys)
    counts = ", ".join(f"count_if(doing = '{name}') as {name}" for name in _DOINGS)
    return query.rows(
        "with broken as (select p.period_start, s.site_id, s.asset_id, "
        "bool_or(s.status = 'vendor') as is_away, "
        "bool_or(s.status = 'waiting_part') as is_waiting "
        f"from {query.period_rows()} inner join kpi.fact_status_spans as s "
        "on s.from_second <= p.level_second "
        "and (s.to_second is null or s.to_second > p.level_second) "
        "inner join kpi.fact_tickets as t on s.site_id = t.site_id and s.ticket_id = t.ticket_id "
        "where t.is_use_failure and s.asset_id is not null group by all), "
        f"devices as (select p.period_start{query.selected()}, f.is_ledger, "
        "case when f.asset_state != 'in_service' then f.asset_state "
        "when b.asset_id is null then 'in_use' when b.is_away then 'at_vendor' "
        "when b.is_waiting then 'waiting_part' else 'in_repair' end as doing "
        f"from {query.period_rows()} inner join kpi.fact_device_states as f on {_OPEN_THEN} "
        "left join broken as b on p.period_start = b.period_start and f.site_id = b.site_id "
        f"and f.asset_id = b.asset_id where true{query.filters()[0]}) "
        f"select period_start{keys}, count_if(doing != 'retired') as total, {counts}, "
        "count_if(is_ledger and doing != 'retired') as ledger "
        "from devices group by all order by all"
    )


def pool_time(query: Query) -> list[Row]:
    """Seconds that machines of the loaner pool stood ready or were out: `seconds`."""
    return query.rows(
        f"select p.period_start{query.selected()}, "
        f"sum({_overlap('f.from_second', 'f.to_second')})::bigint as seconds "
        f"from {query.period_rows()} inner join kpi.fact_device_states as f "
        "on f.from_second < p.instant_second "
        "and (f.to_second is null or f.to_second > p.first_second) "
        "where f.is_pool and f.asset_state in ('loaner', 'lent_out')"
        f"{query.filters()[0]} group by all order by all"
    )


def loan_time(query: Query) -> list[Row]:
    """Loans begun in the period, seconds out in it and of these past due."""
    return query.rows(
        f"select p.period_start{query.selected()}, "
        "count_if(f.lent_on >= p.period_start and f.lent_on < p.period_end) as loans, "
        f"sum({_overlap('f.lent_second', 'f.returned_second')})::bigint as out_seconds, "
        f"coalesce(sum({_overlap('greatest(f.due_second, f.lent_second)', 'f.returned_second')}) "
        "filter (where f.due_second is not null), 0)::bigint as overdue_seconds "
        f"from {query.period_rows()} inner join kpi.fact_loans as f "
        "on f.lent_second < p.instant_second "
        "and (f.returned_second is null or f.returned_second > p.first_second) "
        f"where true{query.filters()[0]} group by all order by all"
    )
