-- description: Working days of the hospital's workday calendar, as far ahead as its holidays are known.
-- grain: [on_date]
-- columns:
--   on_date: local day
select local_date(i.starts_at, c.timezone) as on_date
from core.rule_calendar_intervals as i
cross join core.run_context as c
where i.calendar_id = 'workday'
group by local_date(i.starts_at, c.timezone)
order by on_date
