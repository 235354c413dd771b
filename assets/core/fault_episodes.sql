-- description: "Failures by device and fault family, with the seconds in service at their beginning and end, who and what they took, and what they cost."
-- grain: [site_id, episode_id]
-- by: [site_id, asset_id]
-- columns:
--   site_id: site
--   episode_id: the ticket that came first
--   asset_id: asset
--   fault_family_code: fault family
--   started_at: first report (UTC)
--   restored_at: last restoration, NULL while open (UTC)
--   started_second: seconds in service of the device at the first report
--   restored_second: the same at the last restoration, NULL while open
--   ticket_count: tickets
--   last_ticket_id: the ticket restored last
--   last_outcome_code: its outcome
--   last_cause_code: its coded cause
--   is_service_affecting: it took the device down or degraded it
--   outage_seconds: report to restoration of a failure that is service affecting; 0 otherwise and while open (s)
--   last_department_id: department of the ticket restored last
--   cost_cny: full cost of service (CNY)
with episodes as (
    select
        f.site_id,
        f.episode_id,
        f.asset_id,
        f.fault_family_code,
        min(f.reported_at) as started_at,
        min(f.reported_second) as started_second,
        case when count(*) = count(f.ended_at) then max(f.ended_at) end as restored_at,
        count(*) as ticket_count,
        arg_max(f.ticket_id, (coalesce(f.ended_at, timestamp '9999-01-01'), f.ticket_id)) as last_ticket_id,
        bool_or(f.is_service_affecting) as is_service_affecting
    from core.fault_tickets as f
    group by f.site_id, f.episode_id, f.asset_id, f.fault_family_code
),

spent as (
    select
        f.site_id,
        f.asset_id,
        f.episode_id,
        sum(k.amount_cny) as cost_cny
    from core.fault_tickets as f
    inner join core.service_costs as k
        on f.site_id = k.site_id and f.asset_id = k.asset_id and f.ticket_id = k.ticket_id
    group by f.site_id, f.asset_id, f.episode_id
)

select
    e.site_id,
    e.episode_id,
    e.asset_id,
    e.fault_family_code,
    e.started_at,
    e.restored_at,
    e.started_second,
    -- a device that left service before it was restored stands still on its own clock
    x.seconds_before + seconds_between(x.from_at, least(e.restored_at, x.to_at)) as restored_second,
    e.ticket_count,
    e.last_ticket_id,
    t.outcome_code as last_outcome_code,
    t.cause_code as last_cause_code,
    e.is_service_affecting,
    case
        when e.is_service_affecting and e.restored_at is not null
            then seconds_between(e.started_at, e.restored_at)
        else 0
    end as outage_seconds,
    t.department_id as last_department_id,
    coalesce(k.cost_cny, 0)::decimal(18, 2) as cost_cny
from episodes as e
inner join core.fault_tickets as t
    on e.site_id = t.site_id and e.asset_id = t.asset_id and e.last_ticket_id = t.ticket_id
asof left join core.service_clock as x
    on e.site_id = x.site_id and e.asset_id = x.asset_id and e.restored_at >= x.from_at
left join spent as k
    on e.site_id = k.site_id and e.asset_id = k.asset_id and e.episode_id = k.episode_id
order by e.site_id, e.episode_id
