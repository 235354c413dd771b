-- description: Where consumables and cartridges lie, one store for each location named there.
-- needs_one_of: [glpi_consumableitems, glpi_cartridgeitems]
with places as (
    select c.locations_id from source.glpi_consumableitems as c
    union
    select c.locations_id from source.glpi_cartridgeitems as c
)

select
    null::varchar as site_id,
    coalesce('location-' || p.locations_id, 'glpi') as store_id,
    coalesce(html_text(l.completename), html_text(l.name), 'GLPI') as name,
    null::varchar as engineer_id
from places as p
left join source.glpi_locations as l on p.locations_id = l.id
