select
    site_id,
    engineer_id,
    name,
    skills,
    hired_on,
    left_on,
    backup_engineer_id
from source.engineers
