select
    site_id,
    department_id,
    name,
    parent_id,
    campus,
    zone,
    department_type,
    is_priority_window,
    is_sensitive_area,
    prefers_onsite,
    staff_count,
    bed_count
from source.departments
