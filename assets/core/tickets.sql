-- description: "One row per ticket: what it is, where it stands at as-of, and its durations, all from events."
-- grain: [site_id, ticket_id]
-- by: [site_id, ticket_id]
-- live: true
-- columns:
--   site_id: site
--   ticket_id: ticket
--   ticket_no: number people use
--   channel: how it came
--   work_class: class of work
--   fault_family_code: "fault family that holds: a person's decision, else the engineer's code; never a proposal"
--   fault_family_reported: fault family as the engineer coded it
--   fault_group: group of the family in the taxonomy
--   cause_code: coded cause
--   outcome_code: outcome
--   urgency: urgency
--   priority: priority
--   service_impact: down, degraded, none; by the family's rule where the source is silent
--   department_id: reporting department
--   asset_id: bound asset, NULL while unbound
--   is_asset_bound: the asset is in the register
--   system_id: software system
--   is_onsite: needs or had a visit
--   resolution_mode: remote or onsite
--   reported_at: report (UTC)
--   created_at: 建单
--   dispatched_at: first dispatch
--   accepted_at: first acceptance
--   arrived_at: first arrival
--   work_started_at: first start of work
--   first_restored_at: first restoration
--   first_finished_at: first restoration or closing, whatever came after; NULL of void tickets
--   restored_at: the restoration that holds at as-of; NULL while open
--   verified_at: accepted by the ward
--   closed_at: closed
--   ended_at: restored, or closed without a restoration, or cancelled, or merged; NULL while open
--   last_event_at: last event
--   reported_on: local day of the report
--   restored_on: local day of the restoration that holds
--   ended_on: local day of the end
--   is_void: cancelled, merged or duplicate
--   is_open: not ended
--   is_use_failure: 使用故障 (user-caused included), undecided ones provisionally
--   is_inherent_failure: 固有故障 (without user-caused, consumables and no fault found)
--   is_provisional: a failure whose outcome is not decided yet
--   common_cause_id: cluster it belongs to
--   is_planned: work nobody reported as a fault (maintenance, projects, changes)
--   reopen_count: reopenings
--   transfer_count: transfers
--   chase_count: 催单
--   out_of_order_count: events left out of durations
--   accept_seconds: report to first acceptance (s)
--   dispatch_to_accept_seconds: first dispatch to first acceptance (s)
--   response_seconds: report to first arrival, visits only (s)
--   first_restore_seconds: report to first restoration (s)
--   restore_seconds: report to the restoration that holds (s)
with joined as (
    select
        t.site_id,
        t.ticket_id,
        t.ticket_no,
        t.channel,
        t.work_class,
        coalesce(q.decided_code, t.fault_family_code) as fault_family_code,
        t.fault_family_code as fault_family_reported,
        f.fault_group,
        t.cause_code,
        t.outcome_code,
        t.urgency,
        t.priority,
        coalesce(t.service_impact, f.service_impact) as service_impact,
        t.department_id,
        t.asset_id,
        a.asset_id is not null as is_asset_bound,
        t.system_id,
        coalesce(t.is_onsite_required, false) or coalesce(t.resolution_mode, '') = 'onsite' as is_onsite,
        t.resolution_mode,
        t.reported_at,
        s.timezone,
        e.created_at,
        e.dispatched_at,
        e.accepted_at,
        e.arrived_at,
        e.work_started_at,
        e.first_restored_at,
        e.first_finished_at,
        e.last_restored_at,
        e.verified_at,
        e.closed_at,
        e.last_event_at,
        e.cancelled_at,
        e.merged_at,
        coalesce(e.is_reopened_now, false) as is_reopened_now,
        coalesce(e.reopen_count, 0) as reopen_count,
        coalesce(e.transfer_count, 0) as transfer_count,
        coalesce(e.chase_count, 0) as chase_count,
        coalesce(e.out_of_order_count, 0) as out_of_order_count,
        e.cancelled_at is not null
        or e.merged_at is not null
        or t.master_ticket_id is not null
        or coalesce(t.outcome_code, '') in ('cancelled', 'merged', 'duplicate') as is_void,
        k.common_cause_id,
        n.work_class is not null as is_planned,
        w.work_class is not null as is_failure_class,
        coalesce(x.is_no_failure, false) as is_no_failure,
        coalesce(x.is_not_inherent, false) or (
            h.inherent_excludes_consumable
            and (coalesce(f.is_consumable, false) or coalesce(t.work_class, '') = 'consumable')
        ) as is_not_inherent
    from raw.tickets as t
    inner join core.sites as s on t.site_id = s.site_id
    cross join core.run_context as c
    cross join core.rule_thresholds as h
    left join core.rule_failure_work_classes as w on t.work_class = w.work_class
    left join core.rule_planned_work_classes as n on t.work_class = n.work_class
    left join core.rule_excluded_outcomes as x on t.outcome_code = x.outcome_code
    left join core.ticket_facts as e on t.site_id = e.site_id and t.ticket_id = e.ticket_id
    left join core.fault_decisions as q on t.site_id = q.site_id and t.ticket_id = q.ticket_id
    left join core.rule_fault_families as f on coalesce(q.decided_code, t.fault_family_code) = f.fault_family_code
    left join core.assets as a on t.site_id = a.site_id and t.asset_id = a.asset_id
    left join core.common_cause as k on t.site_id = k.site_id and t.ticket_id = k.ticket_id
    where not t._is_deleted and t.reported_at <= c.as_of
),

settled as (
    select
        j.*,
        case when not j.is_void and not j.is_reopened_now then j.last_restored_at end as restored_at,
        case
            when j.is_void
                then coalesce(
                    j.cancelled_at, j.merged_at, j.closed_at, j.last_restored_at, j.last_event_at, j.reported_at
                )
            when not j.is_reopened_now then coalesce(j.last_restored_at, j.closed_at)
        end as ended_at,
        j.is_failure_class and not j.is_void and not j.is_no_failure as is_use_failure
    from joined as j
)

select
    site_id,
    ticket_id,
    ticket_no,
    channel,
    work_class,
    fault_family_code,
    fault_family_reported,
    fault_group,
    cause_code,
    outcome_code,
    urgency,
    priority,
    service_impact,
    department_id,
    asset_id,
    is_asset_bound,
    system_id,
    is_onsite,
    resolution_mode,
    reported_at,
    created_at,
    dispatched_at,
    accepted_at,
    arrived_at,
    work_started_at,
    first_restored_at,
    case when not is_void then first_finished_at end as first_finished_at,
    restored_at,
    verified_at,
    closed_at,
    ended_at,
    last_event_at,
    local_date(reported_at, timezone) as reported_on,
    local_date(restored_at, timezone) as restored_on,
    local_date(ended_at, timezone) as ended_on,
    is_void,
    ended_at is null as is_open,
    is_use_failure,
    is_use_failure and not is_not_inherent as is_inherent_failure,
    is_use_failure and outcome_code is null as is_provisional,
    common_cause_id,
    is_planned,
    reopen_count,
    transfer_count,
    chase_count,
    out_of_order_count,
    seconds_between(reported_at, accepted_at) as accept_seconds,
    case when accepted_at >= dispatched_at then seconds_between(dispatched_at, accepted_at) end
        as dispatch_to_accept_seconds,
    case when is_onsite then seconds_between(reported_at, arrived_at) end as response_seconds,
    case when not is_void then seconds_between(reported_at, first_restored_at) end as first_restore_seconds,
    seconds_between(reported_at, restored_at) as restore_seconds
from settled
order by site_id, ticket_id
