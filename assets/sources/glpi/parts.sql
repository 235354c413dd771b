-- description: Kinds of consumables and of cartridges.
-- needs_one_of: [glpi_consumableitems, glpi_cartridgeitems]
with items as (
    select
        'consumable-' || c.id as part_id,
        c.ref as part_no,
        c.name,
        y.name as part_class,
        c.alarm_threshold
    from source.glpi_consumableitems as c
    left join source.glpi_consumableitemtypes as y on c.consumableitemtypes_id = y.id
    where coalesce(c.is_deleted, 0) = 0
    union all
    select
        'cartridge-' || c.id as part_id,
        c.ref as part_no,
        c.name,
        y.name as part_class,
        c.alarm_threshold
    from source.glpi_cartridgeitems as c
    left join source.glpi_cartridgeitemtypes as y on c.cartridgeitemtypes_id = y.id
    where coalesce(c.is_deleted, 0) = 0
)

select
    null::varchar as site_id,
    part_id,
    html_text(part_no) as part_no,
    html_text(name) as name,
    html_text(part_class) as part_class,
    null::varchar as unit,
    null::decimal(18, 6) as unit_price_cny,
    -- -1: no alarm
    case when alarm_threshold >= 0 then alarm_threshold end as min_stock,
    true as is_consumable
from items
