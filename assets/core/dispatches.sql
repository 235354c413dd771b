-- description: "Every dispatch that stands in order, and the team of the engineer who got it."
-- grain: [site_id, ticket_id, event_order]
-- by: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   event_order: the dispatch
--   at: when (UTC)
--   engineer_id: who got it
--   team: team of that engineer
--   dispatched_on: local day
select
    e.site_id,
    e.ticket_id,
    e.event_order,
    e.at,
    e.to_engineer_id as engineer_id,
    n.team,
    local_date(e.at, s.timezone) as dispatched_on
from core.ticket_events as e
inner join core.sites as s on e.site_id = s.site_id
inner join core.engineers as n on e.site_id = n.site_id and e.to_engineer_id = n.engineer_id
where e.type = 'dispatched' and not e.is_out_of_order
order by e.site_id, e.ticket_id, e.event_order
