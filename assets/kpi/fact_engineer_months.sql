-- description: "Each engineer's month: the posting held when it began, and the time there was to work; personal."
-- grain: [site_id, engineer_id, month_on]
-- columns:
--   site_id: site
--   engineer_id: engineer
--   month_on: first day of the month
--   role: role when the month began
--   grade: grade when the month began
--   hired_on: first day of employment
--   roster_seconds: planned working time (s)
--   leave_seconds: of it on leave (s)
--   available_seconds: roster less leave, training and approved projects (s)
select
    m.site_id,
    m.engineer_id,
    m.month_on,
    m.role,
    m.grade,
    m.hired_on,
    m.roster_seconds,
    m.leave_seconds,
    m.available_seconds
from core.engineer_months as m
order by m.site_id, m.engineer_id, m.month_on
