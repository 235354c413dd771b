select
    site_id,
    handover_id,
    from_engineer_id,
    to_engineer_id,
    announced_at,
    assigned_at,
    met_minutes,
    section,
    is_done
from source.handovers
