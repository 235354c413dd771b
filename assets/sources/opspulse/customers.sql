select
    site_id,
    customer_id,
    name,
    level
from source.customers
