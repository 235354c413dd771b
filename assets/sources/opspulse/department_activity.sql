select
    site_id,
    department_id,
    month,
    visit_count,
    inpatient_days
from source.department_activity
