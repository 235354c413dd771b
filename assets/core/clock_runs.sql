-- description: Each ticket's clocks with the target that was valid when it was reported; durations are in `clocks`.
-- grain: [site_id, ticket_id, clock]
-- live: true
-- columns:
--   site_id: site
--   ticket_id: ticket
--   clock: accept, arrive or restore
--   start_at: report (UTC)
--   stop_at: when the clock stopped; NULL while it runs
--   end_at: stop; the ticket's end where the stamp is missing; as-of while it runs
--   is_missing: the work is done but the stamp that stops this clock is not there
--   target_seconds: target in working time (s)
--   calendar_id: calendar in which the target counts
--   rules_effective_from: version of the target
with stops as (
    select
        t.*,
        coalesce(t.urgency, u.urgency) as sla_urgency,
        least(t.accepted_at, t.arrived_at, t.work_started_at, t.first_restored_at) as accept_stop_at
    from core.tickets as t
    left join core.rule_urgency_of_priority as u on t.priority = u.priority
    where not t.is_void and not t.is_planned
),

clocked as (
    select s.*, 'accept' as clock, s.accept_stop_at as stop_at from stops as s
    union all
    select s.*, 'arrive' as clock, s.arrived_at as stop_at from stops as s where s.is_onsite
    union all
    select s.*, 'restore' as clock, s.restored_at as stop_at from stops as s
),

targeted as (
    select
        k.site_id,
        k.ticket_id,
        k.clock,
        k.reported_at as start_at,
        k.stop_at,
        k.ended_at,
        r.target_seconds,
        r.calendar_id,
        r.effective_from,
        row_number() over (
            partition by k.site_id, k.ticket_id, k.clock
            order by r.specificity desc
        ) as choice
    from clocked as k
    inner join core.rule_sla_targets as r
        on
            k.clock = r.clock
            and r.effective_from <= k.reported_on
            and (r.effective_until is null or k.reported_on < r.effective_until)
            and (r.urgency = '*' or k.sla_urgency = r.urgency)
            and (r.fault_group = '*' or coalesce(k.fault_group, '') = r.fault_group)
)

select
    t.site_id,
    t.ticket_id,
    t.clock,
    t.start_at,
    t.stop_at,
    coalesce(t.stop_at, t.ended_at, c.as_of) as end_at,
    t.stop_at is null and t.ended_at is not null as is_missing,
    t.target_seconds,
    t.calendar_id,
    t.effective_from as rules_effective_from
from targeted as t
cross join core.run_context as c
where t.choice = 1 and coalesce(t.stop_at, t.ended_at, c.as_of) >= t.start_at
order by t.site_id, t.ticket_id, t.clock
