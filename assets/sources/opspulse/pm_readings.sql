select
    site_id,
    record_id,
    parameter,
    value,
    low_limit,
    high_limit
from source.pm_readings
