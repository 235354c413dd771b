-- description: The time in which an asset in service did not do its work, without overlaps; degraded time carries its weight.
-- grain: [site_id, asset_id, from_at]
-- by: [site_id, asset_id]
-- restless: to_at >= as_of
-- columns:
--   site_id: site
--   asset_id: asset
--   department_id: department that used it then
--   from_at: start (UTC)
--   to_at: end, exclusive (UTC)
--   weight_pct: 100 for down, the configured share for degraded (%)
--   has_loaner: a spare machine lent for one of the asset's tickets stood in for it all that time
with troubled as (
    select
        t.site_id,
        t.ticket_id,
        t.asset_id,
        t.reported_at,
        coalesce(t.ended_at, c.as_of) as end_at,
        case when t.service_impact = 'down' then 100 else h.degraded_weight_pct end as weight_pct
    from core.tickets as t
    cross join core.run_context as c
    cross join core.rule_thresholds as h
    where t.is_use_failure and t.is_asset_bound and t.service_impact in ('down', 'degraded')
),

spans as (
    select
        t.site_id,
        t.asset_id,
        t.weight_pct,
        t.reported_at as from_at,
        coalesce(min(g.from_at), t.end_at) as to_at
    from troubled as t
    left join core.pause_spans as g
        on t.site_id = g.site_id and t.ticket_id = g.ticket_id and g.reason_code = 'reopened_gap'
    group by t.site_id, t.ticket_id, t.asset_id, t.weight_pct, t.reported_at, t.end_at
    union all
    select
        t.site_id,
        t.asset_id,
        t.weight_pct,
        g.to_at,
        coalesce(
            lead(g.from_at) over (partition by t.site_id, t.ticket_id order by g.from_at),
            t.end_at
        )
    from troubled as t
    inner join core.pause_spans as g
        on t.site_id = g.site_id and t.ticket_id = g.ticket_id and g.reason_code = 'reopened_gap'
),

served as (
    select
        s.site_id,
        s.asset_id,
        v.department_id,
        s.weight_pct,
        greatest(s.from_at, v.from_at) as from_at,
        least(s.to_at, v.to_at) as to_at
    from spans as s
    inner join core.service_spans as v
        on s.site_id = v.site_id and s.asset_id = v.asset_id and s.from_at < v.to_at and v.from_at < s.to_at
),

stand_ins as (
    select t.site_id, t.asset_id, l.from_at, l.to_at
    from core.stand_ins as l
    inner join core.tickets as t on l.site_id = t.site_id and l.ticket_id = t.ticket_id
),

edges as (
    select site_id, asset_id, department_id, from_at as at from served
    union
    select site_id, asset_id, department_id, to_at from served
    union
    select s.site_id, s.asset_id, s.department_id, l.from_at
    from served as s
    inner join stand_ins as l
        on s.site_id = l.site_id and s.asset_id = l.asset_id and s.from_at < l.from_at and l.from_at < s.to_at
    union
    select s.site_id, s.asset_id, s.department_id, l.to_at
    from served as s
    inner join stand_ins as l
        on s.site_id = l.site_id and s.asset_id = l.asset_id and s.from_at < l.to_at and l.to_at < s.to_at
),

pieces as (
    select
        e.*,
        lead(e.at) over (partition by e.site_id, e.asset_id, e.department_id order by e.at) as to_at
    from edges as e
),

weighed as (
    select
        p.site_id,
        p.asset_id,
        p.department_id,
        p.at as from_at,
        p.to_at,
        max(s.weight_pct) as weight_pct,
        count(l.from_at) > 0 as has_loaner
    from pieces as p
    inner join served as s
        on
            p.site_id = s.site_id
            and p.asset_id = s.asset_id
            and p.department_id is not distinct from s.department_id
            and s.from_at <= p.at
            and p.to_at <= s.to_at
    left join stand_ins as l
        on p.site_id = l.site_id and p.asset_id = l.asset_id and l.from_at <= p.at and p.to_at <= l.to_at
    where p.to_at is not null and p.at < p.to_at
    group by p.site_id, p.asset_id, p.department_id, p.at, p.to_at
)

select site_id, asset_id, department_id, from_at, to_at, weight_pct, has_loaner
from weighed
order by site_id, asset_id, from_at
