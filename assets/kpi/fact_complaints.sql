-- description: Complaints with the department's zone.
-- grain: [site_id, complaint_id]
-- columns:
--   site_id: site
--   complaint_id: complaint
--   ticket_id: ticket it is about
--   department_id: who complained
--   zone: zone of the department
--   complained_on: local day
--   cause_code: cause
select
    x.site_id,
    x.complaint_id,
    x.ticket_id,
    x.department_id,
    d.zone,
    x.complained_on,
    x.cause_code
from core.complaints as x
left join core.departments as d on x.site_id = d.site_id and x.department_id = d.department_id
order by x.site_id, x.complaint_id
