-- description: The pauses of each ticket by reason, as logged, clipped at as-of, stays at vendors among them; not yet joined with any clock's policy.
-- grain: [site_id, ticket_id, from_order]
-- by: [site_id, ticket_id]
-- restless: to_at >= as_of
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
            when e.type = 'paused' and e.reason_code != 'vendor' then e.reason_code
            when e.type = 'paused' and e.reason_code is null then 'unknown'
            when e.type in ('restored', 'closed') then 'reopened_gap'
            -- stays at vendors come from `vendor_stays`
            when
                e.type in (
                    'paused', 'sent_to_vendor', 'resumed', 'vendor_returned', 'reopened', 'cancelled', 'merged',
                    'work_started'
                ) then ''
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

logged as (
    select
        p.site_id,
        p.ticket_id,
        p.reason_code,
        p.at as from_at,
        coalesce(p.next_at, c.as_of) as to_at,
        p.event_order as from_order
    from spans as p
    cross join core.run_context as c
    left join reopenings as r
        on p.site_id = r.site_id and p.ticket_id = r.ticket_id and p.next_order = r.event_order
    where
        p.reason_code != ''
        and p.at < coalesce(p.next_at, c.as_of)
        -- a restoration that holds is the end of the clock, not a pause in it
        and (p.reason_code != 'reopened_gap' or r.event_order is not null)
    union all
    select
        v.site_id,
        v.ticket_id,
        'vendor' as reason_code,
        v.from_at,
        v.to_at,
        v.from_order
    from core.vendor_stays as v
),

-- what counts as evidence is what counted when the ticket was reported
ruled as (
    select
        g.*,
        local_time(t.reported_at, s.timezone) as rules_at
    from logged as g
    inner join raw.tickets as t on g.site_id = t.site_id and g.ticket_id = t.ticket_id
    inner join core.sites as s on t.site_id = s.site_id
),

evidence as (
    select g.site_id, g.ticket_id, g.from_order
    from ruled as g
    inner join core.ticket_events as e
        on g.site_id = e.site_id and g.ticket_id = e.ticket_id and e.at >= g.from_at and e.at < g.to_at
    inner join core.rule_evidence_events as v
        on e.type = v.type and g.rules_at >= v.effective_from and g.rules_at < v.effective_until
    union
    select g.site_id, g.ticket_id, g.from_order
    from ruled as g
    inner join core.rule_call_evidence as v on g.rules_at >= v.effective_from and g.rules_at < v.effective_until
    inner join core.calls as k
        on g.site_id = k.site_id and g.ticket_id = k.ticket_id and k.at >= g.from_at and k.at < g.to_at
)

select
    g.site_id,
    g.ticket_id,
    g.reason_code,
    g.from_at,
    g.to_at,
    g.from_order,
    v.ticket_id is not null as has_evidence
from logged as g
left join evidence as v
    on g.site_id = v.site_id and g.ticket_id = v.ticket_id and g.from_order = v.from_order
order by g.site_id, g.ticket_id, g.from_order
