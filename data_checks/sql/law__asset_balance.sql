-- zh: 期初在用台数 + 启用 − 退出 = 期末在用台数
-- en: devices in service at the start + put into service - taken out = in service at the end
with instants as (
    select
        s.site_id,
        m.starts_on::date as starts_on,
        epoch(utc_of(m.starts_on::date, s.timezone))::bigint as at_second
    from core.sites as s
    cross join core.run_context as c
    cross join
        unnest(
            generate_series(date_trunc('month', s.data_from_on)::timestamp, c.as_of, interval 1 month)
        ) as m (starts_on)
    where m.starts_on > s.data_from_on
),

held as (
    select i.site_id, i.starts_on, count(distinct x.asset_id) as closing
    from instants as i
    left join kpi.fact_exposure as x
        on i.site_id = x.site_id and x.from_second <= i.at_second and x.to_second > i.at_second
    group by i.site_id, i.starts_on
),

-- a device that is taken over by another department at the same instant neither comes nor goes
moves as (
    select site_id, asset_id, from_at as at, 1 as change from core.asset_intervals
    union all
    select site_id, asset_id, to_at, -1 from core.asset_intervals
),

moved as (
    select i.site_id, i.starts_on, coalesce(sum(m.change), 0) as expected
    from instants as i
    left join moves as m on i.site_id = m.site_id and epoch(m.at)::bigint <= i.at_second
    group by i.site_id, i.starts_on
)

select h.site_id, h.starts_on as on_date, h.closing, m.expected
from held as h
inner join moved as m on h.site_id = m.site_id and h.starts_on = m.starts_on
where h.closing != m.expected
order by h.site_id, h.starts_on
