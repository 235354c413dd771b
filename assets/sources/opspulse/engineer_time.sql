select
    site_id,
    engineer_id,
    on_date,
    kind,
    minutes
from source.engineer_time
