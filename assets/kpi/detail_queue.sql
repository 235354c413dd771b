-- description: "Each open ticket's place in its queue and when it is likely to be restored; a ward sees its own."
-- grain: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   ticket_no: number people use
--   department_id: reporting department
--   zone: zone of the department
--   fault_family: fault family
--   priority: priority
--   asset_tag: asset number on the label
--   asset_name: display name of the asset
--   engineer_id: current holder
--   reported_at: report (UTC)
--   status: state at as-of
--   position: place among the waiting tickets of the zone, NULL once accepted
--   queue_length: waiting tickets of the zone
--   similar_count: similar tickets the estimate rests on
--   eta_from_at: half of the similar ones were restored by then (UTC), NULL when there are too few
--   eta_to_at: four in five were restored by then (UTC), NULL when there are too few
select
    x.site_id,
    x.ticket_id,
    t.ticket_no,
    t.department_id,
    t.zone,
    t.fault_family,
    t.priority,
    t.asset_tag,
    t.asset_name,
    case when h.is_held then t.engineer_id end as engineer_id,
    t.reported_at,
    x.status,
    x.position,
    x.queue_length,
    x.similar_count,
    x.eta_from_at,
    x.eta_to_at
from core.queue as x
inner join kpi.fact_tickets as t on x.site_id = t.site_id and x.ticket_id = t.ticket_id
inner join core.ticket_handling as h on x.site_id = h.site_id and x.ticket_id = h.ticket_id
order by x.site_id, x.ticket_id
