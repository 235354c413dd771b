select
    site_id,
    complaint_id,
    ticket_id,
    department_id,
    at,
    cause_code
from source.complaints
