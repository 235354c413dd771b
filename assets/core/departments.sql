-- description: One row per department, with the place it answers for.
-- grain: [site_id, department_id]
-- live: true
-- columns:
--   site_id: site
--   department_id: department
--   name: display name
--   zone: area that a group of engineers serves
--   department_type: kind of department as the source names it
--   is_priority_window: its tickets may jump the queue
--   is_sensitive_area: on site only
--   staff_count: staff
--   bed_count: beds
select
    site_id,
    department_id,
    coalesce(name, department_id) as name,
    zone,
    department_type,
    coalesce(is_priority_window, false) as is_priority_window,
    coalesce(is_sensitive_area, false) as is_sensitive_area,
    staff_count,
    bed_count
from raw.departments
where not _is_deleted
order by site_id, department_id
