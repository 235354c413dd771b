select
    site_id,
    asset_id,
    meter,
    read_at,
    value,
    is_replaced
from source.meter_readings
