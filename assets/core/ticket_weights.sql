-- description: "What each ticket weighs for each of its engineers: the square root of its units of work times the share of credit, so that a big job matters more, but not in proportion."
-- grain: [site_id, ticket_id, engineer_id]
-- by: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   engineer_id: engineer
--   part: resolver, first_repair, previous, helper, triage or effort
--   credit_bp: share (hundredths of a percent)
--   units: units of work of the whole ticket
--   weight: share times the root of the units
--   is_resolver: who restored it last, else who held it last
select
    c.site_id,
    c.ticket_id,
    c.engineer_id,
    c.part,
    c.credit_bp,
    u.units,
    (sqrt(u.units::double) * c.credit_bp / 10000)::decimal(12, 6) as weight,
    c.engineer_id = d.resolver_id as is_resolver
from core.ticket_credits as c
inner join core.work_units as u on c.site_id = u.site_id and c.ticket_id = u.ticket_id
inner join core.ticket_doers as d on c.site_id = d.site_id and c.ticket_id = d.ticket_id
where c.engineer_id is not null
order by c.site_id, c.ticket_id, c.engineer_id
