-- description: "The first ticket of each common cause that is a failure: it stands for all."
-- grain: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   common_cause_id: the common cause
select
    site_id,
    arg_min(ticket_id, (reported_at, ticket_id)) as ticket_id,
    common_cause_id
from core.tickets
where is_use_failure and common_cause_id is not null
group by site_id, common_cause_id
order by site_id, ticket_id
