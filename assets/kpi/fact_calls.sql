-- description: Calls to the service desk.
-- grain: [site_id, call_id]
-- by: [site_id, call_id]
-- live: true
-- columns:
--   site_id: site
--   call_id: call
--   department_id: calling department
--   zone: zone of the department
--   called_on: local day
--   is_answered: somebody answered
--   has_ticket: it led to a ticket
--   answer_seconds: waiting before the answer (s)
select
    k.site_id,
    k.call_id,
    k.department_id,
    d.zone,
    k.called_on,
    k.is_answered,
    k.ticket_id is not null as has_ticket,
    k.answer_seconds
from core.calls as k
left join core.departments as d on k.site_id = d.site_id and k.department_id = d.department_id
order by k.site_id, k.call_id
