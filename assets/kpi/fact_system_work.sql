-- description: Restored tickets of software systems and who restored them; personal.
-- grain: [site_id, ticket_id]
-- by: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   system_id: system
--   engineer_id: holder who restored it
--   restored_on: local day
select t.site_id, t.ticket_id, t.system_id, f.engineer_id, f.restored_on
from core.tickets as t
inner join kpi.fact_tickets as f on t.site_id = f.site_id and t.ticket_id = f.ticket_id
where t.system_id is not null and f.engineer_id is not null and f.restored_on is not null and not f.is_void
order by t.site_id, t.ticket_id
