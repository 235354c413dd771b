-- description: Failures. All overlapping failure tickets of one asset are one; merged tickets and those of a common cause never add one. Unbound failures stand alone.
-- grain: [site_id, episode_id]
-- by: [site_id, asset_id]
-- columns:
--   site_id: site
--   episode_id: the ticket that came first
--   asset_id: asset, NULL while unbound
--   started_at: first report (UTC)
--   restored_at: last restoration, NULL while open (UTC)
--   ticket_count: tickets in the episode
--   is_inherent_failure: at least one ticket is an inherent failure
--   is_provisional: no ticket has an outcome yet
--   is_service_affecting: at least one ticket took the device down or degraded it
--   is_in_service: the asset was in service when it began, so exposure covers it; true while unbound, false for a software system's failure
with episodes as (
    select
        i.site_id,
        i.episode_id,
        i.asset_id,
        min(i.reported_at) as started_at,
        case when count(*) = count(i.ended_at) then max(i.ended_at) end as restored_at,
        count(*) as ticket_count,
        bool_or(i.is_inherent_failure) as is_inherent_failure,
        bool_and(i.is_provisional) as is_provisional,
        bool_or(i.is_service_affecting) as is_service_affecting,
        bool_or(i.is_of_system) as is_of_system
    from core.episode_tickets as i
    group by i.site_id, i.asset_id, i.episode_id
)

select
    e.site_id,
    e.episode_id,
    e.asset_id,
    e.started_at,
    e.restored_at,
    e.ticket_count,
    e.is_inherent_failure,
    e.is_provisional,
    e.is_service_affecting,
    case
        when e.asset_id is null then not e.is_of_system
        else coalesce(e.started_at < v.to_at, false)
    end as is_in_service
from episodes as e
asof left join core.service_spans as v
    on e.site_id = v.site_id and e.asset_id = v.asset_id and e.started_at >= v.from_at
order by e.site_id, e.episode_id
