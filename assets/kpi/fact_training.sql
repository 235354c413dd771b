-- description: Tickets that training would spare, by department and day.
-- grain: [site_id, department_id, reported_on]
-- columns:
--   site_id: site
--   department_id: reporting department
--   zone: zone of the department
--   reported_on: local day
--   ticket_count: tickets
--   seconds: hands-on time (s)
--   labour_cny: the same at the grades' rates (CNY), NULL without a rate
select k.site_id, k.department_id, d.zone, k.reported_on, k.ticket_count, k.seconds, k.labour_cny
from core.training_days as k
left join core.departments as d on k.site_id = d.site_id and k.department_id = d.department_id
order by k.site_id, k.department_id, k.reported_on
