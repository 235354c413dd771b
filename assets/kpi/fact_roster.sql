-- description: Engineers on the roster per local day.
-- grain: [site_id, engineer_id, on_date]
-- live: true
-- columns:
--   site_id: site
--   engineer_id: engineer
--   engineer_group: that engineer's team
--   on_date: local day
--   roster_minutes: planned working minutes (min)
select r.site_id, r.engineer_id, e.team as engineer_group, r.on_date, r.roster_minutes
from core.roster as r
left join core.engineers as e on r.site_id = e.site_id and r.engineer_id = e.engineer_id
order by r.site_id, r.engineer_id, r.on_date
