-- description: "Each engineer's day: available time by the roster, and hands-on work."
-- grain: [site_id, engineer_id, on_date]
-- columns:
--   site_id: site
--   engineer_id: engineer
--   on_date: local day, before that of as-of (that one is not over)
--   available_seconds: roster less leave, training and approved projects (s)
--   hands_on_seconds: logged work that began on the day (s)
--   off_hours_seconds: of it, begun outside the ordinary hours (s)
with planned as (
    select
        site_id,
        engineer_id,
        on_date,
        coalesce(sum(minutes) filter (where kind = 'roster'), 0) as roster_minutes,
        coalesce(sum(minutes) filter (where kind in ('leave', 'training', 'project')), 0) as away_minutes
    from raw.engineer_time
    where not _is_deleted
    group by site_id, engineer_id, on_date
),

merged as (
    select
        site_id,
        engineer_id,
        on_date,
        greatest(roster_minutes - away_minutes, 0) * 60 as available_seconds,
        0 as hands_on_seconds,
        0 as off_hours_seconds
    from planned
    union all
    select
        f.site_id,
        f.engineer_id,
        f.worked_on,
        0,
        f.seconds,
        case when coalesce(i.ends_at <= f.started_at, true) then f.seconds else 0 end
    from core.effort as f
    cross join core.rule_flow as h
    asof left join core.rule_calendar_intervals as i
        on h.off_hours_calendar_id = i.calendar_id and f.started_at >= i.starts_at
)

select
    b.site_id,
    b.engineer_id,
    b.on_date,
    sum(b.available_seconds)::bigint as available_seconds,
    sum(b.hands_on_seconds)::bigint as hands_on_seconds,
    sum(b.off_hours_seconds)::bigint as off_hours_seconds
from merged as b
cross join core.run_context as c
where b.on_date < c.as_of_on and b.engineer_id is not null
group by b.site_id, b.engineer_id, b.on_date
order by b.site_id, b.engineer_id, b.on_date
