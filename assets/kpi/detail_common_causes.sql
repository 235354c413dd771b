-- description: "Events of a common cause: many repair tickets of one zone and fault family in a short window; one event for stability, all its tickets for the work. Provisional until a person confirms."
-- grain: [site_id, common_cause_id]
-- columns:
--   site_id: site
--   common_cause_id: the ticket that came first
--   ticket_no: its number
--   zone: its zone
--   department_id: its department
--   fault_family: fault family
--   started_at: first report (UTC)
--   started_on: local day of it
--   ticket_count: tickets
--   department_count: departments that reported it
--   device_count: devices on the tickets
--   restored_count: tickets restored
--   last_restored_at: the last restoration (UTC)
--   cost_cny: full cost of service of its tickets (CNY)
with costs as (
    select k.site_id, k.ticket_id, sum(k.amount_cny) as cost_cny
    from core.service_costs as k
    group by k.site_id, k.ticket_id
),

events as (
    select
        m.site_id,
        m.common_cause_id,
        count(*) as ticket_count,
        count(distinct t.department_id) as department_count,
        count(distinct t.asset_id) as device_count,
        count(t.restored_at) as restored_count,
        max(t.restored_at) as last_restored_at,
        cast(coalesce(sum(k.cost_cny), 0) as decimal(18, 2)) as cost_cny
    from core.common_cause as m
    inner join core.tickets as t on m.site_id = t.site_id and m.ticket_id = t.ticket_id
    left join costs as k on m.site_id = k.site_id and m.ticket_id = k.ticket_id
    where not t.is_void
    group by m.site_id, m.common_cause_id
)

select
    e.site_id,
    e.common_cause_id,
    f.ticket_no,
    f.zone,
    f.department_id,
    f.fault_family,
    f.reported_at as started_at,
    f.reported_on as started_on,
    e.ticket_count,
    e.department_count,
    e.device_count,
    e.restored_count,
    e.last_restored_at,
    e.cost_cny
from events as e
inner join kpi.fact_tickets as f on e.site_id = f.site_id and e.common_cause_id = f.ticket_id
order by e.site_id, e.common_cause_id
