select
    site_id,
    system_id,
    name,
    criticality,
    department_id,
    vendor_id,
    owner_engineer_id,
    backup_engineer_id
from source.systems
