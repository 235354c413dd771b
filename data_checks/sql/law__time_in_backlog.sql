-- zh: 在手数对时间的积分 = 各工单在手时间之和(逐月,精确到秒)
-- en: the integral of the open count over time = the sum of the tickets' time in each month, to the second
with begun as (
    select date_trunc('month', min(timestamp '1970-01-01' + to_seconds(f.from_second)) - interval 1 day) as first_at
    from kpi.fact_status_spans as f
),

months as (
    select
        s.site_id,
        m.starts_on::date as starts_on,
        epoch(utc_of(m.starts_on::date, s.timezone))::bigint as from_second,
        epoch(least(utc_of((m.starts_on + interval 1 month)::date, s.timezone), c.as_of))::bigint as to_second
    from core.sites as s
    cross join core.run_context as c
    cross join begun as b
    cross join
        unnest(generate_series(b.first_at::timestamp, c.as_of, interval 1 month)) as m (starts_on)
    where utc_of(m.starts_on::date, s.timezone) < c.as_of
),

edges as (
    select site_id, from_second as at_second, 1 as change from kpi.fact_status_spans
    union all
    select site_id, to_second, -1 from kpi.fact_status_spans where to_second is not null
    union all
    select site_id, from_second, 0 from months
),

levels as (
    select
        site_id,
        at_second,
        sum(sum(change)) over (partition by site_id order by at_second) as open_count,
        lead(at_second) over (partition by site_id order by at_second) as next_second
    from edges
    group by site_id, at_second
),

integrals as (
    select m.site_id, m.starts_on, sum(v.open_count * (coalesce(v.next_second, m.to_second) - v.at_second)) as integral
    from months as m
    inner join levels as v
        on m.site_id = v.site_id and v.at_second >= m.from_second and v.at_second < m.to_second
    group by m.site_id, m.starts_on
),

steps as (
    select
        m.site_id,
        m.starts_on,
        sum(s.change) as change,
        sum(s.change * (m.to_second - s.at_second)) as seconds
    from months as m
    left join law_steps as s
        on m.site_id = s.site_id and s.at_second >= m.from_second and s.at_second < m.to_second
    group by m.site_id, m.starts_on
),

sums as (
    select
        m.site_id,
        m.starts_on,
        coalesce(t.seconds, 0) + (m.to_second - m.from_second) * coalesce(
            sum(t.change) over (
                partition by m.site_id order by m.starts_on rows between unbounded preceding and 1 preceding
            ),
            0
        ) as ticket_seconds
    from months as m
    inner join steps as t on m.site_id = t.site_id and m.starts_on = t.starts_on
)

select i.site_id, i.starts_on as in_month, i.integral, s.ticket_seconds
from integrals as i
inner join sums as s on i.site_id = s.site_id and i.starts_on = s.starts_on
where i.integral is distinct from s.ticket_seconds
order by i.site_id, i.starts_on
