-- description: "Stretches in which an open ticket lay forgotten: nothing but chasing happened for longer than the limit of working time."
-- grain: [site_id, ticket_id, from_at]
-- by: [site_id, ticket_id]
-- restless: {core.tickets: is_open}
-- columns:
--   site_id: site
--   ticket_id: ticket
--   from_at: when the limit was reached (UTC)
--   to_at: next event or end, exclusive (UTC); NULL while it lasts
--   silent_since_at: the last thing that happened (UTC)
with steps as (
    select
        e.site_id,
        e.ticket_id,
        e.at as since_at,
        e.event_order,
        last_value(
            case
                when e.type in ('restored', 'verified', 'closed', 'cancelled', 'merged') then 'ended'
                when e.type = 'reopened' then 'open'
            end ignore nulls
        ) over (
            partition by e.site_id, e.ticket_id order by e.event_order
            rows between unbounded preceding and current row
        ) as phase,
        lead(e.at) over (partition by e.site_id, e.ticket_id order by e.event_order) as next_at
    from core.ticket_events as e
    where not e.is_out_of_order and e.type != 'chased'
),

silent as (
    select
        s.site_id,
        s.ticket_id,
        s.since_at,
        least(s.next_at, t.ended_at) as to_at,
        h.forgotten_calendar_id as calendar_id,
        h.forgotten_working_seconds as limit_seconds
    from steps as s
    inner join core.tickets as t on s.site_id = t.site_id and s.ticket_id = t.ticket_id
    cross join core.rule_thresholds as h
    where coalesce(s.phase, 'open') = 'open' and (t.ended_at is null or s.since_at < t.ended_at)
),

-- the place of the last event in working time, and the instant that lies the limit beyond
placed as (
    select
        s.*,
        i.seconds_before
        + least(seconds_between(i.starts_at, s.since_at), seconds_between(i.starts_at, i.ends_at))
        + s.limit_seconds as limit_place
    from silent as s
    asof inner join core.rule_calendar_intervals as i
        on s.calendar_id = i.calendar_id and s.since_at >= i.starts_at
),

reached as (
    select p.*, i.starts_at + to_seconds(p.limit_place - i.seconds_before) as from_at
    from placed as p
    asof inner join core.rule_calendar_intervals as i
        on p.calendar_id = i.calendar_id and p.limit_place > i.seconds_before
)

select
    r.site_id,
    r.ticket_id,
    r.from_at,
    r.to_at,
    r.since_at as silent_since_at
from reached as r
cross join core.run_context as c
where r.from_at < coalesce(r.to_at, c.as_of)
order by r.site_id, r.ticket_id, r.from_at
