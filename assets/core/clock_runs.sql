-- description: Each ticket's clocks with the target that was valid when it was reported; durations are in `clocks`.
-- grain: [site_id, ticket_id, clock]
-- by: [site_id, ticket_id]
-- restless: end_at >= as_of
-- live: true
-- columns:
--   site_id: site
--   ticket_id: ticket
--   clock: accept, arrive, restore, vendor (sent out until back) or loaner (report until a spare machine is lent)
--   start_at: report; for vendor the first sending (UTC)
--   stop_at: when the clock stopped; NULL while it runs
--   end_at: stop; the end of the ticket, or of the stay, where the stamp is missing; as-of while it runs
--   is_missing: the work is done but the stamp that stops this clock is not there
--   target_seconds: target in working time (s)
--   calendar_id: calendar in which the target counts
--   rules_at: the report on the site's own clock; chooses the version of every rule
--   rules_effective_from: since when that version of the target counts (site's own clock)
with stops as (
    select
        t.site_id,
        t.ticket_id,
        t.fault_group,
        t.is_onsite,
        t.reported_at,
        t.arrived_at,
        t.restored_at,
        t.ended_at,
        d.rules_at,
        d.urgency,
        d.is_loaner_due,
        least(t.accepted_at, t.arrived_at, t.work_started_at, t.first_restored_at) as accept_stop_at
    from core.tickets as t
    -- neither void nor planned
    inner join core.ticket_duties as d on t.site_id = d.site_id and t.ticket_id = d.ticket_id
),

stays as (
    select
        site_id,
        ticket_id,
        min(from_at) as start_at,
        max(to_at) as end_at,
        arg_max(is_away, from_order) as is_away,
        arg_max(is_stamped, from_order) as is_stamped
    from core.vendor_stays
    group by site_id, ticket_id
),

lent as (
    select
        site_id,
        ticket_id,
        min(timestamp '1970-01-01' + to_seconds(lent_second)) as lent_at
    from core.loans
    where ticket_id is not null
    group by site_id, ticket_id
),

clocked as (
    select s.*, 'accept' as clock, s.reported_at as start_at, s.accept_stop_at as stop_at, s.ended_at as lapsed_at
    from stops as s
    union all
    select s.*, 'arrive' as clock, s.reported_at as start_at, s.arrived_at as stop_at, s.ended_at as lapsed_at
    from stops as s
    where s.is_onsite
    union all
    select s.*, 'restore' as clock, s.reported_at as start_at, s.restored_at as stop_at, s.ended_at as lapsed_at
    from stops as s
    union all
    select
        s.*,
        'vendor' as clock,
        v.start_at,
        case when v.is_stamped then v.end_at end as stop_at,
        case when not v.is_away then v.end_at end as lapsed_at
    from stops as s
    inner join stays as v on s.site_id = v.site_id and s.ticket_id = v.ticket_id
    union all
    select
        s.*,
        'loaner' as clock,
        s.reported_at as start_at,
        -- greatest() alone would take the report where nothing was lent
        case when l.lent_at is not null then greatest(l.lent_at, s.reported_at) end as stop_at,
        s.ended_at as lapsed_at
    from stops as s
    left join lent as l on s.site_id = l.site_id and s.ticket_id = l.ticket_id
    where s.is_loaner_due or l.lent_at is not null
),

targeted as (
    select
        k.site_id,
        k.ticket_id,
        k.clock,
        k.start_at,
        k.stop_at,
        k.lapsed_at,
        k.rules_at,
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
            and k.rules_at >= r.effective_from
            and k.rules_at < r.effective_until
            and (r.urgency = '*' or k.urgency = r.urgency)
            and (r.fault_group = '*' or coalesce(k.fault_group, '') = r.fault_group)
)

select
    t.site_id,
    t.ticket_id,
    t.clock,
    t.start_at,
    t.stop_at,
    coalesce(t.stop_at, t.lapsed_at, c.as_of) as end_at,
    t.stop_at is null and t.lapsed_at is not null as is_missing,
    t.target_seconds,
    t.calendar_id,
    t.rules_at,
    t.effective_from as rules_effective_from
from targeted as t
cross join core.run_context as c
where t.choice = 1 and coalesce(t.stop_at, t.lapsed_at, c.as_of) >= t.start_at
order by t.site_id, t.ticket_id, t.clock
