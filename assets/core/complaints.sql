-- description: Complaints up to as-of.
-- grain: [site_id, complaint_id]
-- columns:
--   site_id: site
--   complaint_id: complaint
--   ticket_id: ticket it is about
--   department_id: who complained; the ticket's department where the complaint names none
--   complained_on: local day
--   cause_code: cause
select
    k.site_id,
    k.complaint_id,
    k.ticket_id,
    coalesce(k.department_id, t.department_id) as department_id,
    local_date(k.at, s.timezone) as complained_on,
    k.cause_code
from raw.complaints as k
inner join core.sites as s on k.site_id = s.site_id
cross join core.run_context as c
left join core.tickets as t on k.site_id = t.site_id and k.ticket_id = t.ticket_id
where not k._is_deleted and k.at <= c.as_of
order by k.site_id, k.complaint_id
