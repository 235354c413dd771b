-- description: What the source itself promised for a ticket and claims to have kept; nothing here enters our own clocks.
-- grain: [site_id, ticket_id, clock]
-- by: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   clock: accept, arrive, restore, vendor or loaner
--   due_at: until when the source promised it; NULL where it keeps only its verdict (UTC)
--   is_met: the source's own verdict; NULL while it has given none
select
    g.site_id,
    g.ticket_id,
    g.clock,
    g.due_at,
    g.is_met
from raw.ticket_targets as g
inner join core.tickets as t on g.site_id = t.site_id and g.ticket_id = t.ticket_id
where not g._is_deleted
order by g.site_id, g.ticket_id, g.clock
