-- description: Asset in-service intervals cut at the limits of the age cohorts, in seconds of the 24x7 clock and of the planned calendar.
-- grain: [site_id, asset_id, from_second]
-- by: [site_id, asset_id]
-- columns:
--   site_id: site
--   asset_id: asset
--   department_id: department that used it then
--   age_cohort: age since acceptance; NULL where the register has no acceptance date
--   basis: state or ledger
--   from_second: start, seconds since 1970-01-01 UTC
--   to_second: end, exclusive
--   planned_calendar_id: calendar of the planned hours
--   from_planned_second: planned seconds of that calendar before the start
--   to_planned_second: the same before the end
with aged as (
    select
        v.site_id,
        v.asset_id,
        v.department_id,
        v.basis,
        a.planned_calendar_id,
        h.age_cohort,
        greatest(
            v.from_at,
            coalesce(utc_of((a.accepted_on + to_days(h.from_days))::date, s.timezone), v.from_at)
        ) as from_at,
        least(
            v.to_at,
            coalesce(utc_of((a.accepted_on + to_days(h.to_days))::date, s.timezone), v.to_at)
        ) as to_at
    from core.asset_intervals as v
    inner join core.assets as a on v.site_id = a.site_id and v.asset_id = a.asset_id
    inner join core.sites as s on v.site_id = s.site_id
    left join core.rule_age_cohorts as h on a.accepted_on is not null
)

select
    g.site_id,
    g.asset_id,
    g.department_id,
    g.age_cohort,
    g.basis,
    seconds_between(timestamp '1970-01-01', g.from_at) as from_second,
    seconds_between(timestamp '1970-01-01', g.to_at) as to_second,
    g.planned_calendar_id,
    b.seconds_before + seconds_between(b.starts_at, least(g.from_at, b.ends_at)) as from_planned_second,
    e.seconds_before + seconds_between(e.starts_at, least(g.to_at, e.ends_at)) as to_planned_second
from aged as g
asof left join core.rule_calendar_intervals as b
    on g.planned_calendar_id = b.calendar_id and g.from_at >= b.starts_at
asof left join core.rule_calendar_intervals as e
    on g.planned_calendar_id = e.calendar_id and g.to_at >= e.starts_at
where g.from_at < g.to_at
order by g.site_id, g.asset_id, from_second
