-- description: Seconds and planned seconds passed by each local midnight, per calendar.
-- grain: [calendar_id, on_date]
-- columns:
--   calendar_id: calendar
--   on_date: local day
--   midnight_second: its midnight, seconds since 1970-01-01 UTC
--   planned_second: planned seconds of the calendar before that midnight; NULL on a day it does not cover
select m.calendar_id, m.on_date, m.midnight_second, m.planned_second
from core.calendar_midnights as m
order by m.calendar_id, m.on_date
