-- description: SLA clocks of tickets with the ticket's dimensions.
-- grain: [site_id, ticket_id, clock]
-- by: [site_id, ticket_id]
-- live: true
-- columns:
--   site_id: site
--   ticket_id: ticket
--   clock: accept, arrive or restore
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
--   calendar_id: calendar of the target
--   target_seconds: target (s)
--   net_seconds: working time without pauses (s)
--   gross_seconds: working time with pauses (s)
--   elapsed_seconds: wall-clock time (s)
--   breached_at: instant of the breach (UTC)
--   due_at: when it will breach (UTC)
--   is_running: the clock has not stopped
--   is_paused: the clock rests at as-of
--   is_missing: done without the stamp that stops it
--   is_reliable: its calendar covers every day it touches
--   is_counted: stopped or breached
--   is_met_net: within target, pauses deducted
--   is_met_gross: within target, pauses not deducted
--   start_second: when the clock starts, seconds since 1970-01-01 UTC
--   settled_second: the earlier of breach and stop, or the end of work without that stamp; NULL while it is open and not yet due
--   period_on: local day of the earlier of breach and stop
select
    k.site_id,
    k.ticket_id,
    k.clock,
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
    k.calendar_id,
    k.target_seconds,
    k.net_seconds,
    k.gross_seconds,
    k.elapsed_seconds,
    k.breached_at,
    k.due_at,
    k.stop_at is null and not k.is_missing as is_running,
    k.is_paused,
    k.is_missing,
    k.is_reliable,
    k.is_counted,
    k.is_met_net,
    k.is_met_gross,
    seconds_between(timestamp '1970-01-01', k.start_at) as start_second,
    coalesce(
        seconds_between(timestamp '1970-01-01', least(k.breached_at, k.stop_at)),
        case when k.is_missing then seconds_between(timestamp '1970-01-01', k.start_at) + k.elapsed_seconds end
    ) as settled_second,
    k.period_on
from core.clocks as k
inner join kpi.fact_tickets as t on k.site_id = t.site_id and k.ticket_id = t.ticket_id
order by k.site_id, k.ticket_id, k.clock
