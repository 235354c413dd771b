-- description: The stretches that tickets spent at a vendor, with the dimensions of their tickets.
-- grain: [site_id, ticket_id, from_order]
-- by: [site_id, ticket_id]
-- restless: back_on is null
-- columns:
--   site_id: site
--   ticket_id: ticket
--   from_order: event that began it
--   department_id: department
--   zone: zone of the department
--   asset_class: class of device
--   brand: brand
--   model: model
--   fault_family: fault family
--   fault_group: group of the family
--   sent_on: local day on which it was sent
--   back_on: local day on which it came back, NULL while it is away
--   stay_seconds: length, NULL while it is away
--   so_far_seconds: length, up to as-of while it is away
select
    p.site_id,
    p.ticket_id,
    p.from_order,
    t.department_id,
    t.zone,
    t.asset_class,
    t.brand,
    t.model,
    t.fault_family,
    t.fault_group,
    local_date(p.from_at, s.timezone) as sent_on,
    case when p.to_at < c.as_of then local_date(p.to_at, s.timezone) end as back_on,
    case when p.to_at < c.as_of then seconds_between(p.from_at, p.to_at) end as stay_seconds,
    seconds_between(p.from_at, p.to_at) as so_far_seconds
from core.pause_spans as p
inner join core.sites as s on p.site_id = s.site_id
cross join core.run_context as c
left join kpi.fact_tickets as t on p.site_id = t.site_id and p.ticket_id = t.ticket_id
where p.reason_code = 'vendor'
order by p.site_id, p.ticket_id, p.from_order
