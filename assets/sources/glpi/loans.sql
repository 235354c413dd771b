-- description: Reservations of machines. GLPI does not know when one came back; its planned end stands for it.
-- needs: [glpi_reservations, glpi_reservationitems]
select
    null::varchar as site_id,
    r.id::varchar as loan_id,
    regexp_extract(i.itemtype, '[^\\]*$') || '-' || i.items_id as asset_id,
    null::varchar as ticket_id,
    case getvariable('department_by')
        when 'group' then 'group-' || u.groups_id
        when 'location' then 'location-' || u.locations_id
        else 'entity-' || u.entities_id
    end as department_id,
    r.begin as lent_at,
    r.end as due_at,
    r.end as returned_at,
    'returned' as outcome
from source.glpi_reservations as r
inner join source.glpi_reservationitems as i on r.reservationitems_id = i.id
left join source.glpi_users as u on r.users_id = u.id
