"""The compared KPIs as PostgreSQL's SQL over the same core tables, indexed and analysed.

Each statement gives ``period``, ``key`` and the figures of `inputs.Kpi.figures` in that order. The
table ``periods`` holds the periods of a grain (``grain, start, stop, first_second, last_second``).
"""

INDEXES = (
    "alter table tickets add primary key (site_id, ticket_id)",
    "create index on tickets (reported_on)",
    "create index on clocks (site_id, ticket_id)",
    "create index on status_spans (site_id, ticket_id)",
    "create index on status_spans (from_at, to_at)",
    "create index on failure_episodes (site_id, episode_id)",
    "alter table assets add primary key (site_id, asset_id)",
    "create index on exposure (site_id, asset_id)",
    "create index on downtime_seconds (site_id, asset_id)",
    "alter table departments add primary key (site_id, department_id)",
    "alter table parts add primary key (site_id, part_id)",
    "create index on costs (site_id, ticket_id)",
)
# For one analyst's session on a small server.
SESSION = (
    "set work_mem = '256MB'",
    "set max_parallel_workers_per_gather = 2",
    "set jit = off",
)

_SHARE = """
select date_trunc('month', {day})::date as period, {key} as key,
    count(*) filter (where {count} > 0), count(*), sum({count})
from tickets as t {join}
where not is_void and {day} is not null
group by 1, 2
"""
_OVERLAP = "least(s.to_second, p.last_second) - greatest(s.from_second, p.first_second)"
_MEETS = "s.from_second < p.last_second and s.to_second > p.first_second and p.grain = 'month'"

KPIS = {
    "reports": """
        select date_trunc('month', reported_on)::date, fault_family_code, count(*)
        from tickets group by 1, 2
    """,
    "reports_by_zone": """
        select date_trunc('month', t.reported_on)::date, d.zone, count(*)
        from tickets as t left join departments as d using (site_id, department_id) group by 1, 2
    """,
    "sla_attainment": """
        select date_trunc('month', k.period_on)::date, t.fault_family_code,
            count(*) filter (where k.is_met_net), count(*) filter (where k.is_met_gross), count(*)
        from clocks as k inner join tickets as t using (site_id, ticket_id)
        where k.is_counted group by 1, 2
    """,
    "first_restore_time": """
        select date_trunc('month', restored_on)::date, fault_family_code,
            percentile_disc(0.5) within group (order by first_restore_seconds),
            percentile_disc(0.9) within group (order by first_restore_seconds),
            sum(first_restore_seconds), count(*)
        from tickets
        where not is_void and first_restore_seconds is not null and restored_on is not null
        group by 1, 2
    """,
    "use_failure_rate": f"""
        with failures as (
            select date_trunc('month', t.reported_on)::date as period, a.asset_class, count(*) as x
            from failure_episodes as f
            inner join tickets as t on f.site_id = t.site_id and f.episode_id = t.ticket_id
            left join assets as a on f.site_id = a.site_id and f.asset_id = a.asset_id
            where f.is_in_service
            group by 1, 2
        ),
        exposed as (
            select p.start as period, a.asset_class, sum({_OVERLAP}) as seconds
            from exposure as s
            inner join assets as a using (site_id, asset_id)
            inner join periods as p on {_MEETS}
            group by 1, 2
        )
        select coalesce(e.period, f.period), coalesce(e.asset_class, f.asset_class),
            coalesce(f.x, 0), e.seconds / 86400.0
        from exposed as e full join failures as f
            on e.period = f.period and e.asset_class = f.asset_class
    """,
    "availability": f"""
        with exposed as (
            select p.start as period, a.asset_class, sum(a.criticality_weight * ({_OVERLAP})) as w
            from exposure as s
            inner join assets as a using (site_id, asset_id)
            inner join periods as p on {_MEETS}
            group by 1, 2
        ),
        down as (
            select p.start as period, a.asset_class,
                sum(a.criticality_weight * s.weight_pct * ({_OVERLAP})) / 100 as w
            from downtime_seconds as s
            inner join assets as a using (site_id, asset_id)
            inner join periods as p on {_MEETS}
            group by 1, 2
        )
        select e.period, e.asset_class, (e.w - coalesce(d.w, 0)) / 86400, e.w / 86400
        from exposed as e left join down as d using (period, asset_class)
    """,
    "backlog_by_day": """
        with days as (
            select array_agg(last_at order by last_at) as ends,
                array_agg(start order by last_at) as starts
            from periods where grain = 'day'
        ),
        spans as (
            select t.fault_family_code as key,
                width_bucket(s.from_at - interval '1 microsecond', d.ends) as first,
                coalesce(
                    width_bucket(s.to_at - interval '1 microsecond', d.ends), cardinality(d.ends)
                ) as last
            from status_spans as s
            inner join tickets as t using (site_id, ticket_id)
            cross join days as d
        ),
        moves as (
            select key, place, sum(change) as change
            from (
                select key, first as place, 1 as change from spans where first < last
                union all
                select key, last, -1 from spans where first < last
            ) as m
            group by 1, 2
        ),
        levels as (
            select k.key, n.place,
                sum(coalesce(m.change, 0)) over (partition by k.key order by n.place) as held
            from (select distinct key from moves) as k
            cross join days as d
            cross join generate_series(0, cardinality(d.ends) - 1) as n (place)
            left join moves as m on m.key is not distinct from k.key and m.place = n.place
        )
        select d.starts[l.place + 1], l.key, l.held
        from levels as l cross join days as d where l.held != 0
    """,
    "completion_rate": """
        select date_trunc('month', reported_on)::date, fault_family_code,
            count(*) filter (
                where restored_on
                    <= (date_trunc('month', reported_on) + interval '1 month - 1 day')::date + 7
            ),
            count(*)
        from tickets where not is_void group by 1, 2
    """,
    "reopens": _SHARE.format(
        day="first_finished_on", key="fault_family_code", count="reopen_count", join=""
    ),
    "transfers": _SHARE.format(
        day="reported_on",
        key="a.asset_class",
        count="transfer_count",
        join="left join assets as a using (site_id, asset_id)",
    ),
    "repair_cost": """
        select date_trunc('month', k.occurred_on)::date, t.fault_family_code, sum(k.amount_cny)
        from costs as k left join tickets as t using (site_id, ticket_id) group by 1, 2
    """,
    "calls_answered": """
        select date_trunc('month', k.called_on)::date, d.zone,
            count(*) filter (where k.is_answered), count(*)
        from calls as k left join departments as d using (site_id, department_id) group by 1, 2
    """,
    "stock_on_hand": """
        select p.start, q.part_class, sum(m.net_quantity), sum(m.net_quantity * q.price_cny)
        from stock_daily as m
        inner join parts as q using (site_id, part_id)
        inner join periods as p on p.grain = 'month' and m.on_date < p.stop
        group by 1, 2
    """,
}
