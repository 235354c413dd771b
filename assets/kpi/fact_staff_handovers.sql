-- description: "Sections of hand-overs between engineers; personal."
-- grain: [site_id, handover_id]
-- columns:
--   site_id: site
--   handover_id: section of a hand-over
--   engineer_id: who takes over
--   engineer_group: that engineer's team
--   from_engineer_id: who leaves
--   section: what is handed over
--   announced_on: local day of the announcement
--   announced_second: first day as an instant, seconds since 1970-01-01 UTC
--   assign_seconds: announcement to a named successor (s)
--   assign_so_far_seconds: the same, up to as-of without one (s)
--   is_assigned_in_time: a successor was named within the limit
--   is_assign_judged: named, or the limit has passed
--   is_observed: the observation of the successor runs at as-of
--   is_done: handed over
--   met_minutes: time spent face to face (min)
--   is_lead: first section of the pair, so that a pair counts once
--   restored_after_count: tickets the successor restored in the days of observation
--   reopened_after_count: of these, reopened
--   restored_before_count: tickets the leaver restored in the days before the announcement
--   reopened_before_count: of these, reopened
select
    x.site_id,
    x.handover_id,
    x.to_engineer_id as engineer_id,
    e.team as engineer_group,
    x.from_engineer_id,
    x.section,
    x.announced_on,
    x.announced_second,
    x.assign_seconds,
    x.assign_so_far_seconds,
    x.is_assigned_in_time,
    x.is_assign_judged,
    x.is_observed,
    x.is_done,
    x.met_minutes,
    x.is_lead,
    x.restored_after_count,
    x.reopened_after_count,
    x.restored_before_count,
    x.reopened_before_count
from core.staff_handovers as x
left join core.engineers as e on x.site_id = e.site_id and x.to_engineer_id = e.engineer_id
order by x.site_id, x.handover_id
