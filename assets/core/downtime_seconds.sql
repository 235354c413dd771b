-- description: Down time of assets in seconds of the 24x7 clock and of the planned calendar.
-- grain: [site_id, asset_id, from_second]
-- by: [site_id, asset_id]
-- columns:
--   site_id: site
--   asset_id: asset
--   department_id: department that used it then
--   age_cohort: age when it went down
--   weight_pct: 100 for down, the configured share for degraded (%)
--   has_loaner: a spare machine stood in for it
--   from_second: start, seconds since 1970-01-01 UTC
--   to_second: end, exclusive
--   planned_calendar_id: calendar of the planned hours
--   from_planned_second: planned seconds of that calendar before the start
--   to_planned_second: the same before the end
select
    d.site_id,
    d.asset_id,
    d.department_id,
    h.age_cohort,
    d.weight_pct,
    d.has_loaner,
    seconds_between(timestamp '1970-01-01', d.from_at) as from_second,
    seconds_between(timestamp '1970-01-01', d.to_at) as to_second,
    a.planned_calendar_id,
    b.seconds_before + seconds_between(b.starts_at, least(d.from_at, b.ends_at)) as from_planned_second,
    e.seconds_before + seconds_between(e.starts_at, least(d.to_at, e.ends_at)) as to_planned_second
from core.downtime as d
inner join core.assets as a on d.site_id = a.site_id and d.asset_id = a.asset_id
inner join core.sites as s on d.site_id = s.site_id
left join core.rule_age_cohorts as h
    on
        local_date(d.from_at, s.timezone) - a.accepted_on >= h.from_days
        and local_date(d.from_at, s.timezone) - a.accepted_on < h.to_days
asof left join core.rule_calendar_intervals as b
    on a.planned_calendar_id = b.calendar_id and d.from_at >= b.starts_at
asof left join core.rule_calendar_intervals as e
    on a.planned_calendar_id = e.calendar_id and d.to_at >= e.starts_at
order by d.site_id, d.asset_id, from_second
