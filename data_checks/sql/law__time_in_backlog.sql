-- zh: 在手数对时间的积分 = 各工单在手时间之和(逐月,精确到秒)
-- en: the integral of the open count over time = the sum of the tickets' time in each month, to the second
with edges as (
    select site_id, from_second as at_second, 1 as held, 0 as opened from kpi.fact_status_spans
    union all
    select site_id, to_second, -1, 0 from kpi.fact_status_spans where to_second is not null
    union all
    select site_id, at_second, 0, change from law_steps
),

placed as (
    select
        e.*,
        month_start(local_date(timestamp '1970-01-01' + to_seconds(e.at_second), s.timezone)) as in_month
    from edges as e
    inner join core.sites as s on e.site_id = s.site_id
),

-- an edge counts from its instant to the month's end; what was open before the month, through all of it
monthly as (
    select
        site_id,
        in_month,
        sum(held) as held,
        sum(held * at_second) as held_place,
        sum(opened) as opened,
        sum(opened * at_second) as opened_place
    from placed
    group by site_id, in_month
),

bounds as (
    select
        m.*,
        epoch(utc_of(m.in_month, s.timezone))::bigint as from_second,
        epoch(
            least(
                utc_of(
                    coalesce(lead(m.in_month) over in_time, (m.in_month + interval 1 month)::date),
                    s.timezone
                ),
                c.as_of
            )
        )::bigint as to_second,
        coalesce(sum(m.held) over before, 0) as held_before,
        coalesce(sum(m.opened) over before, 0) as opened_before
    from monthly as m
    inner join core.sites as s on m.site_id = s.site_id
    cross join core.run_context as c
    window
        in_time as (partition by m.site_id order by m.in_month),
        before as (
            partition by m.site_id order by m.in_month
            rows between unbounded preceding and 1 preceding
        )
),

sums as (
    select
        site_id,
        in_month,
        opened_before * (to_second - from_second) + opened * to_second - opened_place as integral,
        held_before * (to_second - from_second) + held * to_second - held_place as ticket_seconds
    from bounds
)

select site_id, in_month, integral, ticket_seconds
from sums
where integral != ticket_seconds
order by site_id, in_month
