select
    site_id,
    complaint_id,
    ticket_id,
    department_id,
    complaints.at,
    cause_code
from source.complaints
