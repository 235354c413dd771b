select
    site_id,
    ticket_id,
    clock,
    due_at,
    is_met
from source.ticket_targets
