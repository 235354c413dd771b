-- description: "How each ticket was taken on and passed around, with its dimensions."
-- grain: [site_id, ticket_id]
-- by: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   department_id: department
--   zone: zone of the department
--   asset_class: class of device
--   brand: maker
--   model: model
--   ownership: ownership of the asset
--   fault_family: fault family
--   fault_group: group of the family
--   work_class: class of work
--   channel: channel
--   priority: priority
--   urgency: urgency
--   engineer_id: current or last holder
--   engineer_group: that engineer's team
--   ticket_no: number people use
--   reported_on: local day of the report
--   is_accepted: somebody accepted it
--   is_auto_accepted: accepted within seconds of its dispatch, so by no person
--   accept_to_action_seconds: acceptance to the first action (s), NULL before
--   is_accept_judged: accepted, and acted upon or idle for too long already
--   is_idle_after_accept: nothing happened for too long after acceptance
--   is_dispatched: dispatched at least once
--   is_misdispatched: passed on first because of place, content or skill
--   is_held_ever: somebody held it
--   is_ping_pong: it came back to somebody who had passed it on
--   transfer_count: transfers
--   standard_seconds: standard hands-on time of its kind of work (s)
select
    x.site_id,
    x.ticket_id,
    t.department_id,
    t.zone,
    t.asset_class,
    t.brand,
    t.model,
    t.ownership,
    t.fault_family,
    t.fault_group,
    t.work_class,
    t.channel,
    t.priority,
    t.urgency,
    t.engineer_id,
    t.engineer_group,
    t.ticket_no,
    t.reported_on,
    t.accepted_at is not null as is_accepted,
    x.is_auto_accepted,
    x.accept_to_action_seconds,
    x.is_accept_judged,
    x.is_idle_after_accept,
    t.dispatched_at is not null as is_dispatched,
    x.is_misdispatched,
    x.holder_count > 0 as is_held_ever,
    x.is_ping_pong,
    t.transfer_count,
    w.standard_seconds
from core.ticket_handling as x
inner join kpi.fact_tickets as t on x.site_id = t.site_id and x.ticket_id = t.ticket_id
left join core.work_units as w on x.site_id = w.site_id and x.ticket_id = w.ticket_id
where not t.is_void
order by x.site_id, x.ticket_id
