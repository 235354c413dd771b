select
    site_id,
    call_id,
    calls.at,
    answered_at,
    ended_at,
    department_id,
    ticket_id
from source.calls
