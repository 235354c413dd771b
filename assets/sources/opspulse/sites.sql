select
    site_id,
    name,
    timezone,
    org_type,
    level
from source.sites
