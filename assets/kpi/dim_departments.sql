-- description: Departments as surfaces show them.
-- grain: [site_id, department_id]
-- live: true
-- columns:
--   site_id: site
--   department_id: department
--   name: display name
--   zone: zone
--   department_type: kind of department as the source names it
--   is_priority_window: its tickets may jump the queue
select d.site_id, d.department_id, d.name, d.zone, d.department_type, d.is_priority_window
from core.departments as d
order by d.site_id, d.department_id
