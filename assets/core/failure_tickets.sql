-- description: Tickets that count as failures; of a common cause, only the one that stands for all.
-- grain: [site_id, ticket_id]
-- by: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   asset_id: asset in the register, NULL while unbound
--   reported_at: report (UTC)
--   ended_at: restoration, NULL while open (UTC)
--   is_inherent_failure: inherent failure
--   is_provisional: no outcome yet
--   is_service_affecting: it took the device down or degraded it
--   is_of_system: of a software system
select
    t.site_id,
    t.ticket_id,
    case when t.is_asset_bound then t.asset_id end as asset_id,
    t.reported_at,
    t.ended_at,
    t.is_inherent_failure,
    t.is_provisional,
    coalesce(t.service_impact, 'none') != 'none' as is_service_affecting,
    t.system_id is not null as is_of_system
from core.tickets as t
left join core.common_cause_firsts as k on t.site_id = k.site_id and t.ticket_id = k.ticket_id
where t.is_use_failure and (t.common_cause_id is null or k.ticket_id is not null)
order by t.site_id, t.ticket_id
