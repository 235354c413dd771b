-- description: "What each engineer did with a ticket that could be a manoeuvre to look better: signs to compare with colleagues', never proofs. NULL where the engineer had no occasion."
-- grain: [site_id, ticket_id, engineer_id]
-- by: [site_id, ticket_id]
-- restless: is_open
-- columns:
--   site_id: site
--   ticket_id: ticket
--   engineer_id: engineer
--   is_open: the ticket has not ended
--   is_self_created: resolved by who opened it
--   is_split: and the same engineer resolved an earlier ticket of that day on the same device and fault
--   is_picked: an easier ticket than the usual one, taken without a dispatch or transfer to them
--   is_parked: waited long for the user in their hands, without a call or message to show for it
--   is_idle: accepted, then nothing for too long
--   is_early: restored first, but reopened, or reported anew within two days
--   is_dumped: passed on when most of the time to restore it was used up
--   is_hidden: ended as cancelled, merged or duplicate
--   is_blamed: a fault put down to the user, or to none
--   is_pressed: rated full marks within minutes of the end
--   units: units of work of what they resolved
--   sent_units: units of work of what was dispatched to them first
with parked as (
    select distinct p.site_id, p.ticket_id, e.engineer_id
    from core.pause_spans as p
    cross join core.rule_flow as k
    inner join core.ticket_events as e
        on p.site_id = e.site_id and p.ticket_id = e.ticket_id and p.from_order = e.event_order
    where
        p.reason_code = 'waiting_user' and not p.has_evidence
        and seconds_between(p.from_at, p.to_at) >= k.parked_seconds
),

rated as (
    select
        g.site_id,
        g.ticket_id,
        least(g.response_speed, g.professionalism, g.communication, g.overall) = 500
        and seconds_between(t.closed_at, g.rated_at) <= k.pressed_seconds as is_pressed
    from core.ratings as g
    inner join core.tickets as t on g.site_id = t.site_id and g.ticket_id = t.ticket_id
    cross join core.rule_flow as k
    where g.is_counted
),

accepted as (
    select
        e.site_id,
        e.ticket_id,
        min(e.event_order) as event_order,
        arg_min(e.engineer_id, e.event_order) as engineer_id
    from core.ticket_events as e
    where e.type = 'accepted' and not e.is_out_of_order
    group by e.site_id, e.ticket_id
),

sent as (
    select distinct a.site_id, a.ticket_id
    from accepted as a
    inner join core.ticket_events as e
        on
            a.site_id = e.site_id
            and a.ticket_id = e.ticket_id
            and a.engineer_id = e.to_engineer_id
            and e.event_order < a.event_order
    where e.type in ('dispatched', 'transferred')
),

dispatched as (
    select site_id, ticket_id, arg_min(engineer_id, event_order) as engineer_id
    from core.dispatches
    group by site_id, ticket_id
),

enders as (
    select site_id, ticket_id, arg_max(engineer_id, event_order) as engineer_id
    from core.ticket_events
    where type in ('cancelled', 'merged') and engineer_id is not null
    group by site_id, ticket_id
),

holders as (
    select site_id, ticket_id, arg_max(engineer_id, span_order) as engineer_id
    from core.holder_spans
    group by site_id, ticket_id
),

signs as (
    select
        t.site_id,
        t.ticket_id,
        d.resolver_id as engineer_id,
        coalesce(r.created_by_engineer_id = d.resolver_id, false) as is_self_created,
        coalesce(s.is_split, false) as is_split,
        null::boolean as is_picked,
        p.ticket_id is not null as is_parked,
        null::boolean as is_idle,
        null::boolean as is_dumped,
        false as is_hidden,
        case when t.work_class in ('repair', 'bug') then r.outcome_code in ('user_error', 'no_fault_found') end
            as is_blamed,
        g.is_pressed,
        null::boolean as is_early,
        u.units,
        null as sent_units
    from core.tickets as t
    inner join raw.tickets as r on t.site_id = r.site_id and t.ticket_id = r.ticket_id and not r._is_deleted
    inner join core.ticket_doers as d on t.site_id = d.site_id and t.ticket_id = d.ticket_id
    left join core.work_units as u on t.site_id = u.site_id and t.ticket_id = u.ticket_id
    left join core.self_created as s on t.site_id = s.site_id and t.ticket_id = s.ticket_id
    left join parked as p on t.site_id = p.site_id and t.ticket_id = p.ticket_id and d.resolver_id = p.engineer_id
    left join rated as g on t.site_id = g.site_id and t.ticket_id = g.ticket_id
    where not t.is_void
    union all
    select
        a.site_id, a.ticket_id, a.engineer_id, null, null, s.ticket_id is null and u.units < 1, null,
        case when x.is_accept_judged then x.is_idle_after_accept end, null, null, null, null, null, null, null
    from accepted as a
    inner join core.ticket_handling as x on a.site_id = x.site_id and a.ticket_id = x.ticket_id
    left join core.work_units as u on a.site_id = u.site_id and a.ticket_id = u.ticket_id
    left join sent as s on a.site_id = s.site_id and a.ticket_id = s.ticket_id
    union all
    select
        t.site_id, t.ticket_id, d.first_restorer_id, null, null, null, null, null, null, null, null, null,
        t.reopen_count > 0 or coalesce(o.is_shadow_reopened, false), null, null
    from core.tickets as t
    inner join core.ticket_doers as d on t.site_id = d.site_id and t.ticket_id = d.ticket_id
    left join core.repair_outcomes as o on t.site_id = o.site_id and t.ticket_id = o.ticket_id
    where t.first_restored_at is not null and not t.is_void
    union all
    select distinct
        h.site_id, h.ticket_id, h.engineer_id, null::boolean, null::boolean, null::boolean, null::boolean,
        null::boolean, l.ticket_id is not null, null::boolean, null::boolean, null::boolean, null::boolean,
        null, null
    from core.holder_spans as h
    left join core.late_passes as l
        on h.site_id = l.site_id and h.ticket_id = l.ticket_id and h.engineer_id = l.engineer_id
    union all
    select
        t.site_id, t.ticket_id, coalesce(e.engineer_id, h.engineer_id), null, null, null, null, null, null,
        true, null, null, null, null, null
    from core.tickets as t
    left join enders as e on t.site_id = e.site_id and t.ticket_id = e.ticket_id
    left join holders as h on t.site_id = h.site_id and t.ticket_id = h.ticket_id
    where t.is_void
    union all
    select
        d.site_id, d.ticket_id, d.engineer_id, null, null, null, null, null, null, null, null, null, null,
        null, u.units
    from dispatched as d
    inner join core.work_units as u on d.site_id = u.site_id and d.ticket_id = u.ticket_id
)

select
    s.site_id,
    s.ticket_id,
    s.engineer_id,
    any_value(t.is_open) as is_open,
    bool_or(s.is_self_created) as is_self_created,
    bool_or(s.is_split) as is_split,
    bool_or(s.is_picked) as is_picked,
    bool_or(s.is_parked) as is_parked,
    bool_or(s.is_idle) as is_idle,
    bool_or(s.is_early) as is_early,
    bool_or(s.is_dumped) as is_dumped,
    bool_or(s.is_hidden) as is_hidden,
    bool_or(s.is_blamed) as is_blamed,
    bool_or(s.is_pressed) as is_pressed,
    max(s.units) as units,
    max(s.sent_units) as sent_units
from signs as s
inner join core.tickets as t on s.site_id = t.site_id and s.ticket_id = t.ticket_id
where s.engineer_id is not null
group by s.site_id, s.ticket_id, s.engineer_id
order by s.site_id, s.ticket_id, s.engineer_id
