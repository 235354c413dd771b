-- zh: 期初在手 + 报修 + 重开 − 恢复 − 取消 − 合并 = 期末在手
-- en: opening + reported + reopened - restored - cancelled - merged = closing
with held as (
    select site_id, from_second as at_second, 1 as change from kpi.fact_status_spans
    union all
    select site_id, to_second, -1 from kpi.fact_status_spans where to_second is not null
),

both_sides as (
    select site_id, at_second, change as held, 0 as moved from held
    union all
    select site_id, at_second, 0, change from law_steps
),

daily as (
    select
        b.site_id,
        local_date(timestamp '1970-01-01' + to_seconds(b.at_second), s.timezone) as on_date,
        sum(b.held) as held,
        sum(b.moved) as moved
    from both_sides as b
    inner join core.sites as s on b.site_id = s.site_id
    group by all
),

closings as (
    select
        site_id,
        on_date,
        sum(held) over (partition by site_id order by on_date) as closing,
        sum(moved) over (partition by site_id order by on_date) as expected
    from daily
)

select site_id, on_date, closing, expected
from closings
where closing != expected
order by site_id, on_date
