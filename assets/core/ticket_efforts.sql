-- description: "Hands-on time of each ticket with logged work, and what it cost."
-- grain: [site_id, ticket_id]
-- by: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   seconds: hands-on time of everybody (s)
--   labour_cny: the same at the grades' rates (CNY), NULL without a rate
select
    w.site_id,
    w.ticket_id,
    sum(w.seconds)::bigint as seconds,
    sum(l.labour_cny)::decimal(14, 2) as labour_cny
from core.effort as w
left join core.labour as l
    on
        w.site_id = l.site_id
        and w.ticket_id = l.ticket_id
        and w.engineer_id = l.engineer_id
        and w.started_at = l.started_at
group by w.site_id, w.ticket_id
order by w.site_id, w.ticket_id
