-- description: Devices of every item type, custom assets of GLPI 11 included, with purchase and warranty.
-- needs_one_of:
--   [glpi_computers, glpi_monitors, glpi_networkequipments, glpi_peripherals, glpi_phones, glpi_printers, glpi_assets_assets]
with items as (
    select
        'Computer' as itemtype,
        i.id,
        i.name,
        i.serial,
        i.otherserial,
        i.entities_id,
        i.locations_id,
        i.groups_id,
        i.manufacturers_id,
        y.name as type_name,
        m.name as model_name,
        i.date_mod
    from source.glpi_computers as i
    left join source.glpi_computertypes as y on i.computertypes_id = y.id
    left join source.glpi_computermodels as m on i.computermodels_id = m.id
    where coalesce(i.is_deleted, 0) = 0 and coalesce(i.is_template, 0) = 0
    union all
    select
        'Monitor' as itemtype,
        i.id,
        i.name,
        i.serial,
        i.otherserial,
        i.entities_id,
        i.locations_id,
        i.groups_id,
        i.manufacturers_id,
        y.name as type_name,
        m.name as model_name,
        i.date_mod
    from source.glpi_monitors as i
    left join source.glpi_monitortypes as y on i.monitortypes_id = y.id
    left join source.glpi_monitormodels as m on i.monitormodels_id = m.id
    where coalesce(i.is_deleted, 0) = 0 and coalesce(i.is_template, 0) = 0
    union all
    select
        'NetworkEquipment' as itemtype,
        i.id,
        i.name,
        i.serial,
        i.otherserial,
        i.entities_id,
        i.locations_id,
        i.groups_id,
        i.manufacturers_id,
        y.name as type_name,
        m.name as model_name,
        i.date_mod
    from source.glpi_networkequipments as i
    left join source.glpi_networkequipmenttypes as y on i.networkequipmenttypes_id = y.id
    left join source.glpi_networkequipmentmodels as m on i.networkequipmentmodels_id = m.id
    where coalesce(i.is_deleted, 0) = 0 and coalesce(i.is_template, 0) = 0
    union all
    select
        'Peripheral' as itemtype,
        i.id,
        i.name,
        i.serial,
        i.otherserial,
        i.entities_id,
        i.locations_id,
        i.groups_id,
        i.manufacturers_id,
        y.name as type_name,
        m.name as model_name,
        i.date_mod
    from source.glpi_peripherals as i
    left join source.glpi_peripheraltypes as y on i.peripheraltypes_id = y.id
    left join source.glpi_peripheralmodels as m on i.peripheralmodels_id = m.id
    where coalesce(i.is_deleted, 0) = 0 and coalesce(i.is_template, 0) = 0
    union all
    select
        'Phone' as itemtype,
        i.id,
        i.name,
        i.serial,
        i.otherserial,
        i.entities_id,
        i.locations_id,
        i.groups_id,
        i.manufacturers_id,
        y.name as type_name,
        m.name as model_name,
        i.date_mod
    from source.glpi_phones as i
    left join source.glpi_phonetypes as y on i.phonetypes_id = y.id
    left join source.glpi_phonemodels as m on i.phonemodels_id = m.id
    where coalesce(i.is_deleted, 0) = 0 and coalesce(i.is_template, 0) = 0
    union all
    select
        'Printer' as itemtype,
        i.id,
        i.name,
        i.serial,
        i.otherserial,
        i.entities_id,
        i.locations_id,
        i.groups_id,
        i.manufacturers_id,
        y.name as type_name,
        m.name as model_name,
        i.date_mod
    from source.glpi_printers as i
    left join source.glpi_printertypes as y on i.printertypes_id = y.id
    left join source.glpi_printermodels as m on i.printermodels_id = m.id
    where coalesce(i.is_deleted, 0) = 0 and coalesce(i.is_template, 0) = 0
    union all
    select
        'Rack' as itemtype,
        i.id,
        i.name,
        i.serial,
        i.otherserial,
        i.entities_id,
        i.locations_id,
        null::bigint as groups_id,
        i.manufacturers_id,
        y.name as type_name,
        m.name as model_name,
        i.date_mod
    from source.glpi_racks as i
    left join source.glpi_racktypes as y on i.racktypes_id = y.id
    left join source.glpi_rackmodels as m on i.rackmodels_id = m.id
    where coalesce(i.is_deleted, 0) = 0 and coalesce(i.is_template, 0) = 0
    union all
    select
        'Enclosure' as itemtype,
        i.id,
        i.name,
        i.serial,
        i.otherserial,
        i.entities_id,
        i.locations_id,
        null::bigint as groups_id,
        i.manufacturers_id,
        null::varchar as type_name,
        m.name as model_name,
        i.date_mod
    from source.glpi_enclosures as i
    left join source.glpi_enclosuremodels as m on i.enclosuremodels_id = m.id
    where coalesce(i.is_deleted, 0) = 0 and coalesce(i.is_template, 0) = 0
    union all
    select
        'PDU' as itemtype,
        i.id,
        i.name,
        i.serial,
        i.otherserial,
        i.entities_id,
        i.locations_id,
        null::bigint as groups_id,
        i.manufacturers_id,
        y.name as type_name,
        m.name as model_name,
        i.date_mod
    from source.glpi_pdus as i
    left join source.glpi_pdutypes as y on i.pdutypes_id = y.id
    left join source.glpi_pdumodels as m on i.pdumodels_id = m.id
    where coalesce(i.is_deleted, 0) = 0 and coalesce(i.is_template, 0) = 0
    union all
    select
        'PassiveDCEquipment' as itemtype,
        i.id,
        i.name,
        i.serial,
        i.otherserial,
        i.entities_id,
        i.locations_id,
        null::bigint as groups_id,
        i.manufacturers_id,
        y.name as type_name,
        m.name as model_name,
        i.date_mod
    from source.glpi_passivedcequipments as i
    left join source.glpi_passivedcequipmenttypes as y on i.passivedcequipmenttypes_id = y.id
    left join source.glpi_passivedcequipmentmodels as m on i.passivedcequipmentmodels_id = m.id
    where coalesce(i.is_deleted, 0) = 0 and coalesce(i.is_template, 0) = 0
    union all
    select
        d.system_name || 'Asset' as itemtype,
        i.id,
        i.name,
        i.serial,
        i.otherserial,
        i.entities_id,
        i.locations_id,
        null::bigint as groups_id,
        i.manufacturers_id,
        coalesce(y.name, d.label, d.system_name) as type_name,
        m.name as model_name,
        i.date_mod
    from source.glpi_assets_assets as i
    inner join source.glpi_assets_assetdefinitions as d on i.assets_assetdefinitions_id = d.id
    left join source.glpi_assets_assettypes as y on i.assets_assettypes_id = y.id
    left join source.glpi_assets_assetmodels as m on i.assets_assetmodels_id = m.id
    where coalesce(i.is_deleted, 0) = 0 and coalesce(i.is_template, 0) = 0
),

-- GLPI 11 keeps the groups of a device in a table of their own
owners as (
    select
        regexp_extract(g.itemtype, '[^\\]*$') as itemtype,
        g.items_id,
        arg_min(g.groups_id, g.id) as groups_id
    from source.glpi_groups_items as g
    where coalesce(g.type, 1) = 1
    group by all
)

select
    null::varchar as site_id,
    i.itemtype || '-' || i.id as asset_id,
    html_text(i.otherserial) as tag,
    html_text(i.name) as name,
    coalesce(html_text(i.type_name), i.itemtype) as asset_class,
    html_text(b.name) as brand,
    html_text(i.model_name) as model,
    html_text(i.serial) as serial_no,
    case getvariable('department_by')
        when 'group' then 'group-' || coalesce(i.groups_id, o.groups_id)
        when 'location' then 'location-' || i.locations_id
        else 'entity-' || i.entities_id
    end as department_id,
    html_text(l.building) as building,
    null::varchar as ownership,
    null::varchar as criticality,
    null::boolean as is_life_support,
    null::varchar as system_id,
    f.buy_date as purchased_on,
    coalesce(f.use_date, f.delivery_date) as accepted_on,
    f.decommission_date as retired_on,
    nullif(f.value, 0) as purchase_cny,
    -- -1 months: for life
    case
        when f.warranty_duration > 0
            then (coalesce(f.warranty_date, f.buy_date) + to_months(f.warranty_duration::integer))::date
    end as warranty_until,
    nullif(f.sink_time, 0) as useful_life_years,
    f.suppliers_id::varchar as vendor_id,
    greatest(i.date_mod, f.date_mod) as updated_at
from items as i
left join source.glpi_infocoms as f on i.itemtype = regexp_extract(f.itemtype, '[^\\]*$') and i.id = f.items_id
left join source.glpi_manufacturers as b on i.manufacturers_id = b.id
left join source.glpi_locations as l on i.locations_id = l.id
left join owners as o on i.itemtype = o.itemtype and i.id = o.items_id
