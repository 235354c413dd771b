-- description: "Appliances: what runs on the machines, as the hospital names it."
-- needs: [glpi_appliances]
select
    null::varchar as site_id,
    'Appliance-' || a.id as system_id,
    html_text(a.name) as name,
    null::varchar as criticality,
    null::varchar as department_id,
    null::varchar as vendor_id,
    a.users_id_tech::varchar as owner_engineer_id,
    null::varchar as backup_engineer_id
from source.glpi_appliances as a
where coalesce(a.is_deleted, 0) = 0
