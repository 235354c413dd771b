-- description: Departments with their number of staff, the exposure of training need.
-- grain: [site_id, department_id]
-- columns:
--   site_id: site
--   department_id: department
--   zone: zone
--   staff_count: staff
select d.site_id, d.department_id, d.zone, d.staff_count
from core.departments as d
where d.staff_count > 0
order by d.site_id, d.department_id
