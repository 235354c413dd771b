select
    site_id,
    visit_id,
    customer_id,
    engineer_id,
    purpose,
    departed_at,
    returned_at,
    daily_report_at,
    cost_cny
from source.visits
