select
    site_id,
    event_id,
    ticket_id,
    seq,
    ticket_events.at,
    type,
    engineer_id,
    to_engineer_id,
    reason_code,
    note,
    recorded_at
from source.ticket_events
