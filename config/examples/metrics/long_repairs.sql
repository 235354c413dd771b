-- description: Restored tickets, and whether they took over a day.
-- grain: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   department_id: department
--   restored_on: local day of the restoration
--   is_long: took over a day
select
    t.site_id,
    t.ticket_id,
    t.department_id,
    t.restored_on,
    t.restore_seconds > 86400 as is_long
from kpi.fact_tickets as t
where t.restored_on is not null
