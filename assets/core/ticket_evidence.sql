-- description: "What the cases of the score rest on: the events of each ticket that decide a part, the ratings that count, the failure that came after the repair, and the ticket that ended its chain."
-- grain: [site_id, ticket_id]
-- by: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   events: events that decide a part, in their order, each its type and id
--   ratings: ids of the ratings that count
--   recurred_ticket_id: the failure behind the repair, NULL where there is none
--   ended_by_ticket_id: the ticket to whose resolver held-back credit went, NULL for a repair that held
with happened as (
    select
        e.site_id,
        e.ticket_id,
        list({ 'type': e.type, 'id': e.event_id } order by e.event_order) as events
    from core.ticket_events as e
    where
        e.type in (
            'dispatched',
            'accepted',
            'arrived',
            'work_started',
            'paused',
            'resumed',
            'transferred',
            'coworker_joined',
            'sent_to_vendor',
            'vendor_returned',
            'restored',
            'reopened',
            'closed'
        )
    group by e.site_id, e.ticket_id
),

marked as (
    select
        r.site_id,
        r.ticket_id,
        list(r.rating_id order by r.rating_id) as ratings
    from core.ratings as r
    where r.is_counted
    group by r.site_id, r.ticket_id
),

ended as (
    select
        p.site_id,
        p.ticket_id,
        max(p.ended_by_ticket_id) as ended_by_ticket_id
    from core.work_payments as p
    where p.ended_by_ticket_id is not null
    group by p.site_id, p.ticket_id
),

scored as (
    select distinct
        c.site_id,
        c.ticket_id
    from core.ticket_credits as c
)

select
    s.site_id,
    s.ticket_id,
    h.events,
    m.ratings,
    q.recurred_ticket_id,
    e.ended_by_ticket_id
from scored as s
left join happened as h on s.site_id = h.site_id and s.ticket_id = h.ticket_id
left join marked as m on s.site_id = m.site_id and s.ticket_id = m.ticket_id
left join core.repair_recurrences as q on s.site_id = q.site_id and s.ticket_id = q.ticket_id
left join ended as e on s.site_id = e.site_id and s.ticket_id = e.ticket_id
order by s.site_id, s.ticket_id
