select
    site_id,
    engineer_id,
    system_id,
    account,
    kind,
    granted_on,
    revoked_on
from source.access_grants
