select
    site_id,
    asset_id,
    valid_from,
    valid_to,
    state,
    department_id
from source.asset_states
