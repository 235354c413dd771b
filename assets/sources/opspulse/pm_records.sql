select
    site_id,
    record_id,
    plan_id,
    asset_id,
    due_on,
    done_at,
    engineer_id,
    result,
    steps_total,
    steps_passed,
    ticket_id
from source.pm_records
