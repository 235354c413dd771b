-- description: The pauses of each ticket by reason, as logged, clipped at as-of; not yet joined with any clock's policy.
-- grain: [site_id, ticket_id, from_order]
-- live: true
-- columns:
--   site_id: site
--   ticket_id: ticket
--   reason_code: why the work waited; reopened_gap for the time between a restoration and its reopening
--   from_at: start (UTC)
--   to_at: end, exclusive (UTC)
--   from_order: event that began it
--   has_evidence: a call about the ticket, or an evidence event, within the pause, so that waiting for the user can be believed
with steps as (
    select
        e.site_id,
        e.ticket_id,
        e.at,
        e.event_order,
        case
            when e.type = 'paused' then coalesce(e.reason_code, 'unknown')
            when e.type = 'sent_to_vendor' then 'vendor'
            when e.type in ('restored', 'closed') then 'reopened_gap'
            when e.type in ('resumed', 'vendor_returned', 'reopened', 'cancelled', 'merged', 'work_started') then ''
        end as reason_code
    from core.ticket_events as e
    -- a pause that began before the report is clipped to the clock, not lost
    where not e.is_out_of_order or e.type in ('paused', 'sent_to_vendor')
),

turns as (
    select
        s.*,
        lag(s.reason_code) over (partition by s.site_id, s.ticket_id order by s.event_order) as previous_reason
    from steps as s
    where s.reason_code is not null
),

spans as (
    select
        t.*,
        lead(t.at) over (partition by t.site_id, t.ticket_id order by t.event_order) as next_at,
        lead(t.event_order) over (partition by t.site_id, t.ticket_id order by t.event_order) as next_order
    from turns as t
    where t.reason_code is distinct from t.previous_reason
),

reopenings as (
    select site_id, ticket_id, event_order from core.ticket_events where type = 'reopened'
),

evidence as (
    select distinct p.site_id, p.ticket_id, p.event_order
    from spans as p
    inner join core.ticket_events as e
        on
            p.site_id = e.site_id
            and p.ticket_id = e.ticket_id
            and e.at >= p.at
            and (p.next_at is null or e.at < p.next_at)
    inner join core.rule_evidence_events as v on e.type = v.type
    union
    select p.site_id, p.ticket_id, p.event_order
    from spans as p
    cross join core.rule_thresholds as h
    inner join core.calls as k
        on
            p.site_id = k.site_id
            and p.ticket_id = k.ticket_id
            and k.at >= p.at
            and (p.next_at is null or k.at < p.next_at)
    where h.is_call_evidence
)

select
    p.site_id,
    p.ticket_id,
    p.reason_code,
    p.at as from_at,
    coalesce(p.next_at, c.as_of) as to_at,
    p.event_order as from_order,
    v.ticket_id is not null as has_evidence
from spans as p
cross join core.run_context as c
left join reopenings as r
    on p.site_id = r.site_id and p.ticket_id = r.ticket_id and p.next_order = r.event_order
left join evidence as v
    on p.site_id = v.site_id and p.ticket_id = v.ticket_id and p.event_order = v.event_order
where
    p.reason_code != ''
    and p.at < coalesce(p.next_at, c.as_of)
    -- a restoration that holds is the end of the clock, not a pause in it
    and (p.reason_code != 'reopened_gap' or r.event_order is not null)
order by p.site_id, p.ticket_id, p.event_order
