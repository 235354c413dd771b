-- description: Engineers on the roster per local day, and how many minutes.
-- grain: [site_id, engineer_id, on_date]
-- live: true
-- columns:
--   site_id: site
--   engineer_id: engineer
--   on_date: local day
--   roster_minutes: planned working minutes (min)
select
    site_id,
    engineer_id,
    on_date,
    sum(minutes)::bigint as roster_minutes
from raw.engineer_time
where not _is_deleted and kind = 'roster'
group by site_id, engineer_id, on_date
order by site_id, engineer_id, on_date
