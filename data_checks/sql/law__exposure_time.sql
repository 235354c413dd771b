-- zh: 每台设备的在用台时 = 各段在用时间之和(精确到秒,重叠只算一次)
-- en: a device's exposure = the sum of its in-service seconds, overlaps counted once
with ordered as (
    select
        v.site_id,
        v.asset_id,
        epoch(v.from_at)::bigint as from_second,
        epoch(v.to_at)::bigint as to_second,
        max(epoch(v.to_at)::bigint) over (
            partition by v.site_id, v.asset_id
            order by v.from_at, v.to_at
            rows between unbounded preceding and 1 preceding
        ) as covered_to
    from core.asset_intervals as v
),

served as (
    select
        site_id,
        asset_id,
        sum(greatest(to_second - greatest(from_second, coalesce(covered_to, from_second)), 0)) as in_service
    from ordered
    group by site_id, asset_id
),

exposed as (
    select site_id, asset_id, sum(to_second - from_second) as exposure
    from kpi.fact_exposure
    group by site_id, asset_id
)

select
    coalesce(s.site_id, x.site_id) as site_id,
    coalesce(s.asset_id, x.asset_id) as asset_id,
    x.exposure,
    s.in_service
from served as s
full outer join exposed as x on s.site_id = x.site_id and s.asset_id = x.asset_id
where s.in_service is distinct from x.exposure
order by coalesce(s.site_id, x.site_id), coalesce(s.asset_id, x.asset_id)
