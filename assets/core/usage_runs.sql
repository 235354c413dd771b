-- description: "What a device did between two readings of its hour or exam meter, and how long it was in service then; a replaced counter begins anew."
-- grain: [site_id, asset_id, meter, read_at]
-- by: [site_id, asset_id]
-- columns:
--   site_id: site
--   asset_id: device
--   meter: hours or exams
--   read_at: the later reading (UTC)
--   read_on: its local day
--   used: hours or exams since the reading before; NULL where the counter fell and nothing says why
--   in_service_seconds: the device's time in service between the two readings (s)
with readings as (
    select
        m.site_id,
        m.asset_id,
        m.meter,
        m.read_at,
        local_date(m.read_at, s.timezone) as read_on,
        m.value,
        coalesce(m.is_replaced, false) as is_replaced,
        lag(m.value) over (partition by m.site_id, m.asset_id, m.meter order by m.read_at) as before,
        lag(m.read_at) over (partition by m.site_id, m.asset_id, m.meter order by m.read_at) as begun_at
    from raw.meter_readings as m
    inner join core.sites as s on m.site_id = s.site_id
    cross join core.run_context as c
    where not m._is_deleted and m.meter in ('hours', 'exams') and m.read_at <= c.as_of
),

runs as (
    select
        r.*,
        seconds_between(timestamp '1970-01-01', r.begun_at) as from_second,
        seconds_between(timestamp '1970-01-01', r.read_at) as to_second,
        case
            when r.is_replaced then 0
            when r.value >= r.before then r.value - r.before
        end::decimal(14, 3) as used
    from readings as r
    where r.before is not null
)

select
    r.site_id,
    r.asset_id,
    r.meter,
    r.read_at,
    r.read_on,
    r.used,
    coalesce(
        sum(least(x.to_second, r.to_second) - greatest(x.from_second, r.from_second))
        filter (where x.asset_id is not null),
        0
    )::bigint as in_service_seconds
from runs as r
left join core.exposure as x
    on
        r.site_id = x.site_id
        and r.asset_id = x.asset_id
        and r.from_second < x.to_second
        and r.to_second > x.from_second
group by r.site_id, r.asset_id, r.meter, r.read_at, r.read_on, r.used
order by r.site_id, r.asset_id, r.meter, r.read_at
