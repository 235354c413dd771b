-- description: "Spans in service with the seconds in service before them: the clock of windows that stand still while a device is out of service."
-- grain: [site_id, asset_id, from_at]
-- by: [site_id, asset_id]
-- columns:
--   site_id: site
--   asset_id: asset
--   from_at: start (UTC)
--   to_at: end, exclusive; the year 9999 while it lasts (UTC)
--   seconds_before: seconds in service before the start (s)
select
    v.site_id,
    v.asset_id,
    v.from_at,
    v.to_at,
    coalesce(
        sum(seconds_between(v.from_at, v.to_at)) over (
            partition by v.site_id, v.asset_id
            order by v.from_at
            rows between unbounded preceding and 1 preceding
        ),
        0
    )::bigint as seconds_before
from core.service_spans as v
order by v.site_id, v.asset_id, v.from_at
