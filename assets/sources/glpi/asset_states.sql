-- description: States of devices from their history, if every state that a device had is one of ours by its name.
-- needs: [glpi_states, glpi_logs]
with items as (
    select 'Computer' as itemtype, i.id, i.states_id, i.date_creation from source.glpi_computers as i
    where i.states_id is not null and coalesce(i.is_deleted, 0) = 0 and coalesce(i.is_template, 0) = 0
    union all
    select 'Monitor' as itemtype, i.id, i.states_id, i.date_creation from source.glpi_monitors as i
    where i.states_id is not null and coalesce(i.is_deleted, 0) = 0 and coalesce(i.is_template, 0) = 0
    union all
    select 'NetworkEquipment' as itemtype, i.id, i.states_id, i.date_creation from source.glpi_networkequipments as i
    where i.states_id is not null and coalesce(i.is_deleted, 0) = 0 and coalesce(i.is_template, 0) = 0
    union all
    select 'Peripheral' as itemtype, i.id, i.states_id, i.date_creation from source.glpi_peripherals as i
    where i.states_id is not null and coalesce(i.is_deleted, 0) = 0 and coalesce(i.is_template, 0) = 0
    union all
    select 'Phone' as itemtype, i.id, i.states_id, i.date_creation from source.glpi_phones as i
    where i.states_id is not null and coalesce(i.is_deleted, 0) = 0 and coalesce(i.is_template, 0) = 0
    union all
    select 'Printer' as itemtype, i.id, i.states_id, i.date_creation from source.glpi_printers as i
    where i.states_id is not null and coalesce(i.is_deleted, 0) = 0 and coalesce(i.is_template, 0) = 0
    union all
    select 'Rack' as itemtype, i.id, i.states_id, i.date_creation from source.glpi_racks as i
    where i.states_id is not null and coalesce(i.is_deleted, 0) = 0 and coalesce(i.is_template, 0) = 0
    union all
    select 'Enclosure' as itemtype, i.id, i.states_id, i.date_creation from source.glpi_enclosures as i
    where i.states_id is not null and coalesce(i.is_deleted, 0) = 0 and coalesce(i.is_template, 0) = 0
    union all
    select 'PDU' as itemtype, i.id, i.states_id, i.date_creation from source.glpi_pdus as i
    where i.states_id is not null and coalesce(i.is_deleted, 0) = 0 and coalesce(i.is_template, 0) = 0
    union all
    select 'PassiveDCEquipment' as itemtype, i.id, i.states_id, i.date_creation
    from source.glpi_passivedcequipments as i
    where i.states_id is not null and coalesce(i.is_deleted, 0) = 0 and coalesce(i.is_template, 0) = 0
    union all
    select d.system_name || 'Asset' as itemtype, i.id, i.states_id, i.date_creation
    from source.glpi_assets_assets as i
    inner join source.glpi_assets_assetdefinitions as d on i.assets_assetdefinitions_id = d.id
    where i.states_id is not null and coalesce(i.is_deleted, 0) = 0 and coalesce(i.is_template, 0) = 0
),

names as (
    select
        s.id,
        case
            when regexp_matches(s.name, '[待拟].*报废|停用|停止|封存|闲置|(?i:stopped|idle|not in use|out of (service|use))')
                then 'stopped'
            when regexp_matches(s.name, '报废|淘汰|注销|退役|(?i:retired|scrap|disposed|decommission)') then 'retired'
            when regexp_matches(s.name, '外借|借出|(?i:lent)') then 'lent_out'
            when regexp_matches(s.name, '备机|备用|(?i:loaner|spare)') then 'loaner'
            when regexp_matches(s.name, '库|[未待][使启]用|(?i:stock)') then 'in_stock'
            when regexp_matches(s.name, '在用|使用|正常|维修|送修|(?i:in (use|service)|production|repair)') then 'in_service'
        end as state
    from source.glpi_states as s
),

changes as (
    select
        regexp_extract(l.itemtype, '[^\\]*$') as itemtype,
        l.items_id,
        l.id,
        l.date_mod as at,
        try_cast(regexp_extract(l.old_value, '\(([0-9]+)\)\s*$', 1) as bigint) as old_id,
        try_cast(regexp_extract(l.new_value, '\(([0-9]+)\)\s*$', 1) as bigint) as new_id
    from source.glpi_logs as l
    where l.linked_action = 0 and l.id_search_option = 31
),

c as (
    select x.itemtype, x.items_id, min(x.at) as at, arg_min(x.old_id, x.id) as old_id
    from changes as x
    group by x.itemtype, x.items_id
),

spells as (
    select c.itemtype, c.items_id, c.id, c.at, c.new_id as states_id from changes as c
    union all
    select
        i.itemtype,
        i.id as items_id,
        0 as id,
        coalesce(f.use_date::timestamp at time zone getvariable('timezone'), i.date_creation) as at,
        coalesce(c.old_id, case when c.at is null then i.states_id end) as states_id
    from items as i
    left join c on i.itemtype = c.itemtype and i.id = c.items_id
    left join source.glpi_infocoms as f on i.itemtype = regexp_extract(f.itemtype, '[^\\]*$') and i.id = f.items_id
    where c.at is null or c.at > coalesce(f.use_date::timestamp at time zone getvariable('timezone'), i.date_creation)
),

named as (
    select
        s.itemtype || '-' || s.items_id as asset_id,
        s.at,
        s.id,
        n.state,
        bool_or(s.states_id is not null and n.state is null) over (partition by s.itemtype, s.items_id) as is_unclear
    from spells as s
    inner join items as i on s.itemtype = i.itemtype and s.items_id = i.id
    left join names as n on s.states_id = n.id
    where s.at is not null
),

ordered as (
    select
        asset_id,
        named.at,
        arg_max(state, id) as state
    from named
    where not is_unclear
    group by asset_id, named.at
),

spans as (
    select
        o.*,
        lead(o.at) over (partition by o.asset_id order by o.at) as next_at
    from ordered as o
)

select
    null::varchar as site_id,
    asset_id,
    spans.at as valid_from,
    next_at as valid_to,
    state,
    null::varchar as department_id
from spans
where state is not null
