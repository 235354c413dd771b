-- description: "Devices that stood one after the other in one place, with the seconds in service of the place: its clock goes on from device to device."
-- grain: [site_id, place_id, from_at]
-- columns:
--   site_id: site
--   place_id: the first device of the place and the start of its stay
--   asset_id: device that stood there
--   device_number: its place in the sequence, from 1
--   from_at: start (UTC)
--   to_at: end, exclusive; the year 9999 while it lasts (UTC)
--   seconds_before: seconds in service of the place before the start (s)
with recursive followed as (
    select
        s.site_id,
        s.department_id,
        s.asset_id,
        s.left_at,
        s.next_asset_id,
        s.next_from_at,
        n.left_at as next_left_at
    from core.device_swaps as s
    asof left join core.device_swaps as n
        on
            s.site_id = n.site_id
            and s.next_asset_id = n.asset_id
            and s.department_id = n.department_id
            and s.next_from_at < n.left_at
),

turns as (
    select
        s.site_id,
        s.asset_id || '@' || strftime(s.left_at, '%Y%m%d%H%M%S') as place_id,
        1 as device_number,
        s.department_id,
        s.asset_id,
        timestamp '1970-01-01' as from_at,
        s.left_at as to_at
    from followed as s
    -- nobody's successor there: the place begins with it
    anti join followed as b
        on s.site_id = b.site_id and s.asset_id = b.next_asset_id and s.left_at = b.next_left_at
    union all
    select
        t.site_id,
        t.place_id,
        t.device_number + 1,
        t.department_id,
        f.next_asset_id,
        greatest(f.next_from_at, t.to_at),
        coalesce(f.next_left_at, timestamp '9999-01-01')
    from turns as t
    inner join followed as f on t.site_id = f.site_id and t.asset_id = f.asset_id and t.to_at = f.left_at
),

served as (
    select
        t.site_id,
        t.place_id,
        t.asset_id,
        t.device_number,
        greatest(t.from_at, v.from_at) as from_at,
        least(t.to_at, v.to_at) as to_at
    from turns as t
    inner join core.service_spans as v
        on t.site_id = v.site_id and t.asset_id = v.asset_id and t.department_id = v.department_id
    where v.from_at < t.to_at and v.to_at > t.from_at
)

select
    s.site_id,
    s.place_id,
    s.asset_id,
    s.device_number,
    s.from_at,
    s.to_at,
    coalesce(
        sum(seconds_between(s.from_at, s.to_at)) over (
            partition by s.site_id, s.place_id
            order by s.from_at
            rows between unbounded preceding and 1 preceding
        ),
        0
    )::bigint as seconds_before
from served as s
where s.from_at < s.to_at
order by s.site_id, s.place_id, s.from_at
