-- description: "Failure tickets of devices in service, by fault family: overlapping ones of one device and family are one failure."
-- grain: [site_id, ticket_id]
-- by: [site_id, asset_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   asset_id: asset
--   fault_family_code: fault family
--   episode_id: the ticket of the failure that came first
--   department_id: reporting department
--   reported_at: report (UTC)
--   reported_second: seconds in service of the device at the report (s)
--   ended_at: restoration, NULL while open (UTC)
--   is_service_affecting: it took the device down or degraded it
--   outcome_code: outcome
--   cause_code: coded cause
with ordered as (
    select
        f.site_id,
        f.ticket_id,
        f.asset_id,
        t.fault_family_code,
        t.department_id,
        f.reported_at,
        v.seconds_before + seconds_between(v.from_at, f.reported_at) as reported_second,
        f.ended_at,
        f.is_service_affecting,
        t.outcome_code,
        t.cause_code,
        max(coalesce(f.ended_at, timestamp '9999-01-01')) over (
            partition by f.site_id, f.asset_id, t.fault_family_code
            order by f.reported_at, f.ticket_id
            rows between unbounded preceding and 1 preceding
        ) as busy_before
    from core.failure_tickets as f
    inner join core.tickets as t
        on f.site_id = t.site_id and f.asset_id = t.asset_id and f.ticket_id = t.ticket_id
    asof inner join core.service_clock as v
        on f.site_id = v.site_id and f.asset_id = v.asset_id and f.reported_at >= v.from_at
    where f.asset_id is not null and t.fault_family_code is not null and f.reported_at < v.to_at
),

starts as (
    select
        o.*,
        case when o.busy_before is null or o.reported_at >= o.busy_before then o.ticket_id end as start_id
    from ordered as o
)

select
    i.site_id,
    i.ticket_id,
    i.asset_id,
    i.fault_family_code,
    last_value(i.start_id ignore nulls) over (
        partition by i.site_id, i.asset_id, i.fault_family_code
        order by i.reported_at, i.ticket_id
        rows between unbounded preceding and current row
    ) as episode_id,
    i.department_id,
    i.reported_at,
    i.reported_second,
    i.ended_at,
    i.is_service_affecting,
    i.outcome_code,
    i.cause_code
from starts as i
order by i.site_id, i.ticket_id
