-- description: Tickets with their dimensions, flags and durations; what counts and durations are summed from.
-- grain: [site_id, ticket_id]
-- by: [site_id, ticket_id]
-- restless: is_open
-- live: true
-- columns:
--   site_id: site
--   ticket_id: ticket
--   ticket_no: number people use
--   department_id: reporting department
--   zone: zone of the department
--   asset_id: bound asset
--   asset_tag: asset number on the label
--   asset_name: display name of the asset
--   asset_class: class of device
--   brand: maker
--   model: model
--   age_cohort: age of the asset since acceptance, at the report
--   ownership: ownership of the asset
--   fault_family: "fault family that holds: decided by a person, else the engineer's"
--   fault_family_reported: fault family as the engineer coded it
--   fault_group: group of the family
--   work_class: class of work
--   channel: channel
--   priority: priority
--   urgency: urgency
--   outcome_code: outcome
--   cause_code: coded cause
--   resolution_mode: remote or onsite
--   engineer_id: current or last holder
--   engineer_group: that engineer's team
--   reported_at: report (UTC)
--   created_at: 建单 (UTC)
--   dispatched_at: first dispatch (UTC)
--   accepted_at: first acceptance (UTC)
--   arrived_at: first arrival (UTC)
--   first_finished_at: first restoration or closing, whatever came after (UTC); NULL of void tickets
--   restored_at: the restoration that holds (UTC)
--   verified_at: accepted by the user (UTC)
--   ended_at: end of any kind (UTC)
--   last_event_at: last event (UTC)
--   reported_on: local day of the report
--   created_on: local day of 建单
--   first_finished_on: local day of the first restoration or closing
--   restored_on: local day of the restoration that holds
--   completed_by_on: last local day on which a restoration still counts for 完修率 of the reporting month
--   is_void: cancelled, merged or duplicate
--   is_open: not ended
--   is_planned: maintenance, projects, changes
--   is_onsite: needs or had a visit
--   is_asset_bound: the asset is in the register
--   is_use_failure: 使用故障
--   is_inherent_failure: 固有故障
--   is_provisional: a failure whose outcome is not decided yet
--   is_common_cause: belongs to a common-cause cluster
--   is_reopened: reopened at least once
--   is_transferred: changed hands at least once
--   reopen_count: reopenings
--   transfer_count: transfers
--   chase_count: 催单
--   out_of_order_count: events left out of durations
--   accept_seconds: report to first acceptance (s)
--   dispatch_to_accept_seconds: first dispatch to first acceptance (s)
--   response_seconds: report to first arrival (s)
--   first_restore_seconds: report to first restoration (s)
--   restore_seconds: report to the restoration that holds (s)
--   open_seconds: report to as-of while open, NULL otherwise (s)
with holders as (
    select
        h.site_id,
        h.ticket_id,
        h.engineer_id,
        row_number() over (partition by h.site_id, h.ticket_id order by h.span_order desc) as rank_from_newest
    from core.holder_spans as h
)

select
    t.site_id,
    t.ticket_id,
    t.ticket_no,
    t.department_id,
    d.zone,
    t.asset_id,
    a.tag as asset_tag,
    a.name as asset_name,
    a.asset_class,
    a.brand,
    a.model,
    g.age_cohort,
    a.ownership,
    t.fault_family_code as fault_family,
    t.fault_family_reported,
    t.fault_group,
    t.work_class,
    t.channel,
    t.priority,
    t.urgency,
    t.outcome_code,
    t.cause_code,
    t.resolution_mode,
    h.engineer_id,
    e.team as engineer_group,
    t.reported_at,
    t.created_at,
    t.dispatched_at,
    t.accepted_at,
    t.arrived_at,
    t.first_finished_at,
    t.restored_at,
    t.verified_at,
    t.ended_at,
    t.last_event_at,
    t.reported_on,
    local_date(t.created_at, s.timezone) as created_on,
    local_date(t.first_finished_at, s.timezone) as first_finished_on,
    t.restored_on,
    month_end_plus(t.reported_on, r.completion_grace_days) as completed_by_on,
    t.is_void,
    t.is_open,
    t.is_planned,
    t.is_onsite,
    t.is_asset_bound,
    t.is_use_failure,
    t.is_inherent_failure,
    t.is_provisional,
    t.common_cause_id is not null as is_common_cause,
    t.reopen_count > 0 as is_reopened,
    t.transfer_count > 0 as is_transferred,
    t.reopen_count,
    t.transfer_count,
    t.chase_count,
    t.out_of_order_count,
    t.accept_seconds,
    t.dispatch_to_accept_seconds,
    t.response_seconds,
    t.first_restore_seconds,
    t.restore_seconds,
    case when t.is_open then seconds_between(t.reported_at, c.as_of) end as open_seconds
from core.tickets as t
inner join core.sites as s on t.site_id = s.site_id
cross join core.run_context as c
cross join core.rule_thresholds as r
left join core.departments as d on t.site_id = d.site_id and t.department_id = d.department_id
left join core.assets as a on t.site_id = a.site_id and t.asset_id = a.asset_id
left join core.rule_age_cohorts as g
    on
        days_between(a.accepted_on, t.reported_on) >= g.from_days
        and days_between(a.accepted_on, t.reported_on) < g.to_days
left join holders as h on t.site_id = h.site_id and t.ticket_id = h.ticket_id and h.rank_from_newest = 1
left join core.engineers as e on h.site_id = e.site_id and h.engineer_id = e.engineer_id
order by t.site_id, t.ticket_id
