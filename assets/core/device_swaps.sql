-- description: "A device that left a department, and the one of its class that came there in its place: each is the other's nearest within the swap days."
-- grain: [site_id, asset_id, left_at]
-- columns:
--   site_id: site
--   department_id: department
--   asset_class: class of both
--   asset_id: device that left
--   left_at: when it left (UTC)
--   next_asset_id: device that came
--   next_from_at: when it came (UTC)
with stays as (
    -- spans in one department with nothing but a stop between them are one stay
    select
        v.site_id,
        v.asset_id,
        v.department_id,
        v.from_at,
        v.to_at,
        lag(v.department_id) over device as department_before,
        lead(v.department_id) over device as department_after
    from core.service_spans as v
    window device as (partition by v.site_id, v.asset_id order by v.from_at)
),

leavings as (
    select s.site_id, s.department_id, a.asset_class, s.asset_id, s.to_at as left_at
    from stays as s
    inner join core.assets as a on s.site_id = a.site_id and s.asset_id = a.asset_id
    cross join core.run_context as c
    where
        s.department_id is distinct from s.department_after
        and s.to_at <= c.as_of
        and s.department_id is not null
        and a.asset_class is not null
),

arrivals as (
    select s.site_id, s.department_id, a.asset_class, s.asset_id, s.from_at
    from stays as s
    inner join core.assets as a on s.site_id = a.site_id and s.asset_id = a.asset_id
    inner join core.sites as z on s.site_id = z.site_id
    cross join core.run_context as c
    where s.department_id is distinct from s.department_before and s.from_at <= c.as_of and s.from_at > z.data_from_at
),

pairs as (
    select
        l.*,
        n.asset_id as next_asset_id,
        n.from_at as next_from_at,
        row_number() over (
            partition by l.site_id, l.asset_id, l.left_at
            order by abs(seconds_between(l.left_at, n.from_at)), n.from_at, n.asset_id
        ) as arrival_rank,
        row_number() over (
            partition by n.site_id, n.asset_id, n.from_at
            order by abs(seconds_between(l.left_at, n.from_at)), l.left_at, l.asset_id
        ) as leaving_rank
    from leavings as l
    inner join arrivals as n
        on l.site_id = n.site_id and l.department_id = n.department_id and l.asset_class = n.asset_class
    cross join core.rule_recurrence as r
    where l.asset_id != n.asset_id and abs(seconds_between(l.left_at, n.from_at)) <= r.swap_seconds
)

select site_id, department_id, asset_class, asset_id, left_at, next_asset_id, next_from_at
from pairs
where arrival_rank = 1 and leaving_rank = 1
order by site_id, asset_id, left_at
