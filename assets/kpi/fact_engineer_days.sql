-- description: "Engineers' days: available time and hands-on work; personal."
-- grain: [site_id, engineer_id, on_date]
-- columns:
--   site_id: site
--   engineer_id: engineer
--   engineer_group: that engineer's team
--   on_date: local day
--   available_seconds: roster less leave, training and approved projects (s)
--   hands_on_seconds: logged work that began on the day (s)
--   off_hours_seconds: of it, begun outside the ordinary hours (s)
select
    x.site_id,
    x.engineer_id,
    e.team as engineer_group,
    x.on_date,
    x.available_seconds,
    x.hands_on_seconds,
    x.off_hours_seconds
from core.engineer_days as x
left join core.engineers as e on x.site_id = e.site_id and x.engineer_id = e.engineer_id
order by x.site_id, x.engineer_id, x.on_date
