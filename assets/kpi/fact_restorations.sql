-- description: "Restored tickets: where their time went, what they weigh, how they were solved."
-- grain: [site_id, ticket_id]
-- by: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   department_id: department
--   zone: zone of the department
--   asset_class: class of device
--   brand: maker
--   model: model
--   ownership: ownership of the asset
--   fault_family: fault family
--   fault_group: group of the family
--   work_class: class of work
--   channel: channel
--   priority: priority
--   urgency: urgency
--   engineer_id: current or last holder
--   engineer_group: that engineer's team
--   ticket_no: number people use
--   restored_on: local day of the restoration that holds
--   resolution_mode: remote or onsite
--   triage_mode: remote or onsite, as judged at triage
--   visit_duty: required, remote_preferred or either, by the rules when it was reported; NULL for planned work
--   is_visited: an engineer was there
--   is_first_owner: nobody but the first holder has held it
--   is_held_ever: somebody held it
--   is_report_complete: outcome, what was done and, of a failure, the cause are on record
--   accept_wait_seconds: report to acceptance (s)
--   travel_seconds: acceptance to arrival (s)
--   diagnosis_seconds: arrival to the start of work (s)
--   repair_seconds: from the start of work (s)
--   waiting_part_seconds: paused for a part (s)
--   waiting_user_seconds: paused for the user (s)
--   vendor_seconds: sent to a vendor (s)
--   approval_seconds: paused for an approval (s)
--   force_majeure_seconds: paused by force majeure (s)
--   other_seconds: without a reason or without stamps (s)
--   reopened_gap_seconds: restored until reopened (s)
--   restore_seconds: the sum of all parts (s)
--   verify_wait_seconds: restored to accepted by the user (s), NULL without; outside the sum
--   standard_seconds: standard hands-on time of its kind of work (s)
--   units: units of work
--   is_off_hours: the work began outside the ordinary hours
--   is_provisional_standard: the standard has no history yet
--   is_followable: a new ticket on the same device and fault family would be seen
--   is_follow_mature: as-of is beyond the hours in which a shadow reopening may come
--   is_shadow_reopened: a new ticket on the same device and fault family within those hours
select
    t.site_id,
    t.ticket_id,
    t.department_id,
    t.zone,
    t.asset_class,
    t.brand,
    t.model,
    t.ownership,
    t.fault_family,
    t.fault_group,
    t.work_class,
    t.channel,
    t.priority,
    t.urgency,
    t.engineer_id,
    t.engineer_group,
    t.ticket_no,
    t.restored_on,
    t.resolution_mode,
    h.triage_mode,
    d.visit_duty,
    coalesce(d.is_visited, t.arrived_at is not null) as is_visited,
    h.is_first_owner,
    h.holder_count > 0 as is_held_ever,
    h.is_report_complete,
    p.accept_wait_seconds,
    p.travel_seconds,
    p.diagnosis_seconds,
    p.repair_seconds,
    p.waiting_part_seconds,
    p.waiting_user_seconds,
    p.vendor_seconds,
    p.approval_seconds,
    p.force_majeure_seconds,
    p.other_seconds,
    p.reopened_gap_seconds,
    p.restore_seconds,
    case when t.verified_at >= t.restored_at then seconds_between(t.restored_at, t.verified_at) end
        as verify_wait_seconds,
    w.standard_seconds,
    w.units,
    w.is_off_hours,
    w.is_provisional as is_provisional_standard,
    coalesce(o.is_use_failure and o.is_followable, false) as is_followable,
    coalesce(o.is_use_failure and o.is_follow_mature, false) as is_follow_mature,
    coalesce(o.is_use_failure and o.is_shadow_reopened, false) as is_shadow_reopened
from kpi.fact_tickets as t
inner join core.restore_parts as p on t.site_id = p.site_id and t.ticket_id = p.ticket_id
inner join core.ticket_handling as h on t.site_id = h.site_id and t.ticket_id = h.ticket_id
inner join core.work_units as w on t.site_id = w.site_id and t.ticket_id = w.ticket_id
left join core.ticket_duties as d on t.site_id = d.site_id and t.ticket_id = d.ticket_id
left join core.repair_outcomes as o on t.site_id = o.site_id and t.ticket_id = o.ticket_id
where t.restored_at is not null
order by t.site_id, t.ticket_id
