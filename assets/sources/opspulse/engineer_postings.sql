select
    site_id,
    engineer_id,
    valid_from,
    valid_to,
    team,
    role,
    grade,
    zone
from source.engineer_postings
