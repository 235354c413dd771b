select
    site_id,
    store_id,
    name,
    engineer_id
from source.stores
