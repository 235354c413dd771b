select
    site_id,
    ticket_id,
    engineer_id,
    started_at,
    ended_at,
    kind
from source.effort_logs
