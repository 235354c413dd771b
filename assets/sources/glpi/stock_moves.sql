-- description: "One row per piece and day: bought, and given out or put into a printer."
-- needs_one_of: [glpi_consumables, glpi_cartridges]
with consumables as (
    select
        'consumable-' || c.id as piece_id,
        'consumable-' || c.consumableitems_id as part_id,
        k.locations_id,
        c.date_in,
        c.date_out,
        null::varchar as asset_id,
        f.value
    from source.glpi_consumables as c
    inner join source.glpi_consumableitems as k on c.consumableitems_id = k.id
    left join source.glpi_infocoms as f on f.itemtype = 'Consumable' and c.id = f.items_id
    where coalesce(k.is_deleted, 0) = 0
),

cartridges as (
    select
        'cartridge-' || c.id as piece_id,
        'cartridge-' || c.cartridgeitems_id as part_id,
        k.locations_id,
        c.date_in,
        coalesce(c.date_use, c.date_out) as date_out,
        'Printer-' || c.printers_id as asset_id,
        f.value
    from source.glpi_cartridges as c
    inner join source.glpi_cartridgeitems as k on c.cartridgeitems_id = k.id
    left join source.glpi_infocoms as f on f.itemtype = 'Cartridge' and c.id = f.items_id
    where coalesce(k.is_deleted, 0) = 0
),

pieces as (
    select * from consumables
    union all
    select * from cartridges
),

moves as (
    select p.*, 'in' as kind, p.date_in as moved_on from pieces as p
    union all
    select p.*, 'out' as kind, p.date_out as moved_on from pieces as p
)

select
    null::varchar as site_id,
    piece_id || '-' || kind as move_id,
    part_id,
    coalesce('location-' || locations_id, 'glpi') as store_id,
    -- GLPI keeps the day only: it stands for its beginning
    moved_on as at,
    kind,
    1 as quantity,
    nullif(value, 0) as unit_price_cny,
    null::varchar as ticket_id,
    case when kind = 'out' then asset_id end as asset_id,
    null::varchar as lot_no,
    null::varchar as engineer_id
from moves
where moved_on is not null
