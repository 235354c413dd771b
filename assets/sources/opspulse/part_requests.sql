select
    site_id,
    request_id,
    part_id,
    ticket_id,
    requested_at,
    quantity,
    issued_quantity,
    issued_at
from source.part_requests
