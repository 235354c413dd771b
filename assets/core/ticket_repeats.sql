-- description: Reports of a fault that the same device had been reported for before, with the report before it.
-- grain: [site_id, ticket_id]
-- by: [site_id, asset_id]
-- live: true
-- columns:
--   site_id: site
--   ticket_id: ticket
--   asset_id: device
--   previous_at: the last report of the same fault family before (UTC); the light path knows yesterday's and today's only
with reports as (
    select
        t.site_id,
        t.ticket_id,
        t.asset_id,
        lag(t.reported_at) over (
            partition by t.site_id, t.asset_id, t.fault_family_code
            order by t.reported_at, t.ticket_id
        ) as previous_at
    from core.tickets as t
    where not t.is_void and not t.is_planned and t.asset_id is not null and t.fault_family_code is not null
)

select
    site_id,
    ticket_id,
    asset_id,
    previous_at
from reports
where previous_at is not null
order by site_id, ticket_id
