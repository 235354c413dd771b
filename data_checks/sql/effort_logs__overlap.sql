-- table: effort_logs
-- severity: warning
-- aspect: consistent
-- zh: 同一工程师同一时段记了两张工单的工时(协助除外)
-- en: one engineer's hours on two tickets overlap, help to colleagues aside
with ordered as (
    select
        spent.site_id,
        spent.ticket_id,
        spent.engineer_id,
        spent.started_at,
        lag(spent.ended_at) over (
            partition by spent.site_id, spent.engineer_id order by spent.started_at, spent.ticket_id
        ) as previous_ended_at
    from raw.effort_logs as spent
    -- who helps a colleague may well have work of his own running
    where not spent._is_deleted and coalesce(spent.kind, '') <> 'helper'
)

select
    site_id,
    ticket_id,
    engineer_id,
    started_at
from ordered
where started_at < previous_ended_at
