-- description: Working seconds of each calendar that had passed by each local midnight; turns planned time into a subtraction.
-- grain: [calendar_id, on_date]
-- columns:
--   calendar_id: calendar
--   on_date: local day
--   midnight_second: its midnight, seconds since 1970-01-01 UTC
--   planned_second: planned seconds of the calendar before that midnight; NULL on a day it does not cover
with days as (
    select g.d::date as on_date, utc_of(g.d::date, c.timezone) as midnight_at
    from core.run_context as c,
        (select min(data_from_on) as first_on from core.sites) as f,
        unnest(generate_series(f.first_on - interval 1 day, c.as_of_on + interval 2 day, interval 1 day)) as g (d)
)

select
    v.calendar_id,
    d.on_date,
    seconds_between(timestamp '1970-01-01', d.midnight_at) as midnight_second,
    case
        when d.midnight_at <= y.covered_to
            then i.seconds_before + seconds_between(i.starts_at, least(d.midnight_at, i.ends_at))
    end as planned_second
from days as d
cross join core.rule_calendars as v
asof left join core.rule_calendar_coverage as y
    on v.calendar_id = y.calendar_id and d.midnight_at >= y.covered_from
asof left join core.rule_calendar_intervals as i
    on v.calendar_id = i.calendar_id and d.midnight_at >= i.starts_at
order by v.calendar_id, d.on_date
