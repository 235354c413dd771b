-- description: Demand lines for parts with the dimensions of part and ticket.
-- grain: [site_id, demand_id]
-- by: [site_id, ticket_id]
-- columns:
--   site_id: site
--   demand_id: request, or issue and its stock move
--   part_id: part
--   part_class: class of the part
--   ticket_id: ticket
--   ticket_no: number people use
--   department_id: department of the ticket
--   zone: zone of the department
--   asset_class: class of device
--   demanded_on: local day
--   is_met_at_once: issued in full at once; NULL while that may still be
--   is_open: not issued in full yet
--   wait_seconds: until issued in full, to as-of while it is not (s)
--   paused_seconds: what the ticket waited for parts, counted once a ticket (s)
--   paused_micro_cny: the same at the rate of an hour without the device (3600 × micro-CNY), NULL without a rate
select
    d.site_id,
    d.demand_id,
    d.part_id,
    p.part_class,
    d.ticket_id,
    t.ticket_no,
    t.department_id,
    t.zone,
    t.asset_class,
    d.demanded_on,
    d.is_met_at_once,
    d.is_open,
    d.wait_seconds,
    d.paused_seconds,
    d.paused_seconds * m.downtime_micro_cny as paused_micro_cny
from core.part_demands as d
left join core.parts as p on d.site_id = p.site_id and d.part_id = p.part_id
left join kpi.fact_tickets as t on d.site_id = t.site_id and d.ticket_id = t.ticket_id
left join core.asset_terms as m on t.site_id = m.site_id and t.asset_id = m.asset_id
order by d.site_id, d.demand_id
