select
    site_id,
    vendor_id,
    name,
    level
from source.vendors
