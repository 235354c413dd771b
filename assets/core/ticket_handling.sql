-- description: "How each ticket was taken on and passed around: automatic acceptance, idle time after it, first owner, ping-pong, wrong dispatch."
-- grain: [site_id, ticket_id]
-- by: [site_id, ticket_id]
-- restless: not is_accept_judged and accept_to_action_seconds is null
-- columns:
--   site_id: site
--   ticket_id: ticket
--   triage_mode: remote or onsite, as judged at triage
--   is_auto_accepted: accepted within seconds of its dispatch, so by no person
--   accept_to_action_seconds: acceptance to the first arrival, start of work, logged work or restoration (s), NULL before
--   is_accept_judged: accepted, and acted upon or idle for too long already
--   is_idle_after_accept: nothing happened for too long after acceptance
--   holder_count: people who held it
--   is_ping_pong: it came back to somebody who had passed it on (A to B to A)
--   first_engineer_id: who held it first
--   is_first_owner: nobody but the first holder has held it
--   is_misdispatched: dispatched, and passed on first because of place, content or skill
--   is_held: somebody holds it at as-of
--   is_report_complete: outcome, what was done and, of a failure, the cause are on record
with holders as (
    select
        h.site_id,
        h.ticket_id,
        h.engineer_id,
        h.is_current,
        h.span_order,
        lag(h.engineer_id) over (partition by h.site_id, h.ticket_id order by h.span_order) as previous,
        lag(h.engineer_id, 2) over (partition by h.site_id, h.ticket_id order by h.span_order) as one_before
    from core.holder_spans as h
),

held as (
    select
        site_id,
        ticket_id,
        count(distinct engineer_id) as holder_count,
        bool_or(engineer_id = one_before and engineer_id != previous) as is_ping_pong,
        arg_min(engineer_id, span_order) as first_engineer_id,
        bool_or(is_current) as is_held
    from holders
    group by site_id, ticket_id
),

passed as (
    select
        site_id,
        ticket_id,
        arg_min(coalesce(reason_code, ''), event_order) in ('wrong_place', 'wrong_content', 'skill') as is_wrong
    from core.ticket_events
    where type = 'transferred'
    group by site_id, ticket_id
),

worked as (
    select site_id, ticket_id, min(started_at) as started_at
    from core.effort
    group by site_id, ticket_id
),

acted as (
    select
        t.site_id,
        t.ticket_id,
        t.accepted_at,
        least(
            t.first_restored_at,
            case when t.arrived_at >= t.accepted_at then t.arrived_at end,
            case when t.work_started_at >= t.accepted_at then t.work_started_at end,
            case when w.started_at >= t.accepted_at then w.started_at end,
            t.ended_at
        ) as action_at
    from core.tickets as t
    left join worked as w on t.site_id = w.site_id and t.ticket_id = w.ticket_id
)

select
    t.site_id,
    t.ticket_id,
    r.triage_mode,
    coalesce(t.dispatch_to_accept_seconds <= k.auto_accept_seconds, false) as is_auto_accepted,
    case when a.action_at >= a.accepted_at then seconds_between(a.accepted_at, a.action_at) end
        as accept_to_action_seconds,
    a.accepted_at is not null
    and (
        a.action_at is not null
        or seconds_between(a.accepted_at, c.as_of) > k.idle_after_accept_seconds
    ) as is_accept_judged,
    coalesce(
        seconds_between(a.accepted_at, coalesce(a.action_at, c.as_of)) > k.idle_after_accept_seconds, false
    ) as is_idle_after_accept,
    coalesce(h.holder_count, 0) as holder_count,
    coalesce(h.is_ping_pong, false) as is_ping_pong,
    h.first_engineer_id,
    coalesce(h.holder_count = 1, false) as is_first_owner,
    t.dispatched_at is not null and coalesce(p.is_wrong, false) as is_misdispatched,
    coalesce(h.is_held, false) as is_held,
    r.outcome_code is not null
    and (r.cause_code is not null or not t.is_use_failure)
    and coalesce(trim(r.resolution_text), '') != '' as is_report_complete
from core.tickets as t
inner join raw.tickets as r on t.site_id = r.site_id and t.ticket_id = r.ticket_id and not r._is_deleted
inner join acted as a on t.site_id = a.site_id and t.ticket_id = a.ticket_id
cross join core.run_context as c
cross join core.rule_flow as k
left join held as h on t.site_id = h.site_id and t.ticket_id = h.ticket_id
left join passed as p on t.site_id = p.site_id and t.ticket_id = p.ticket_id
order by t.site_id, t.ticket_id
