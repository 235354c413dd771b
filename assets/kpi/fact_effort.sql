-- description: Hands-on work with the dimensions of its tickets and the worker's own team.
-- grain: [site_id, ticket_id, engineer_id, started_at]
-- by: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   engineer_id: who worked
--   engineer_group: that engineer's team
--   effort_kind: how (remote, onsite, helper …)
--   department_id: department
--   zone: zone of the department
--   asset_class: class of device
--   fault_family: fault family
--   fault_group: group of the family
--   work_class: class of work
--   priority: priority
--   started_at: start (UTC)
--   worked_on: local day
--   seconds: length
--   labour_cny: the same at the rate of the worker's grade (CNY); NULL without a rate, or where the source books labour
select
    w.site_id,
    w.ticket_id,
    w.engineer_id,
    e.team as engineer_group,
    w.kind as effort_kind,
    t.department_id,
    t.zone,
    t.asset_class,
    t.fault_family,
    t.fault_group,
    t.work_class,
    t.priority,
    w.started_at,
    w.worked_on,
    w.seconds,
    l.labour_cny
from core.effort as w
left join core.engineers as e on w.site_id = e.site_id and w.engineer_id = e.engineer_id
left join kpi.fact_tickets as t on w.site_id = t.site_id and w.ticket_id = t.ticket_id
left join core.labour as l
    on
        w.site_id = l.site_id
        and w.ticket_id = l.ticket_id
        and w.engineer_id = l.engineer_id
        and w.started_at = l.started_at
order by w.site_id, w.ticket_id, w.engineer_id, w.started_at
