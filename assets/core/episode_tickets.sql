-- description: "Failure tickets with the failure that they belong to: tickets of one asset that overlap are one."
-- grain: [site_id, ticket_id]
-- by: [site_id, asset_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   asset_id: asset in the register, NULL while unbound
--   episode_id: the ticket of the failure that came first
--   reported_at: report (UTC)
--   ended_at: restoration, NULL while open (UTC)
--   is_inherent_failure: inherent failure
--   is_provisional: no outcome yet
--   is_service_affecting: it took the device down or degraded it
--   is_of_system: of a software system
with ordered as (
    select
        f.*,
        max(coalesce(f.ended_at, timestamp '9999-01-01')) over (
            partition by f.site_id, f.asset_id
            order by f.reported_at, f.ticket_id
            rows between unbounded preceding and 1 preceding
        ) as busy_before
    from core.failure_tickets as f
),

islands as (
    select
        o.*,
        sum(case when o.asset_id is not null and o.reported_at < o.busy_before then 0 else 1 end) over (
            partition by o.site_id, o.asset_id
            order by o.reported_at, o.ticket_id
            rows between unbounded preceding and current row
        ) as island
    from ordered as o
)

select
    i.site_id,
    i.ticket_id,
    i.asset_id,
    first_value(i.ticket_id) over (
        partition by i.site_id, i.asset_id, i.island
        order by i.reported_at, i.ticket_id
        rows between unbounded preceding and unbounded following
    ) as episode_id,
    i.reported_at,
    i.ended_at,
    i.is_inherent_failure,
    i.is_provisional,
    i.is_service_affecting,
    i.is_of_system
from islands as i
order by i.site_id, i.ticket_id
