-- description: Articles that someone tied to a ticket.
-- needs: [glpi_knowbaseitems_items]
select
    null::varchar as site_id,
    k.knowbaseitems_id::varchar as article_id,
    k.items_id::varchar as ticket_id,
    k.date_creation as at,
    null::varchar as engineer_id,
    'cited' as kind
from source.glpi_knowbaseitems_items as k
where k.itemtype = 'Ticket' and k.knowbaseitems_id is not null and k.items_id is not null
