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
select
    e.site_id,
    e.ticket_id,
    e.events,
    e.ratings,
    e.recurred_ticket_id,
    e.ended_by_ticket_id
from core.ticket_evidence as e
order by e.site_id, e.ticket_id
