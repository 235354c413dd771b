-- table: ticket_events
-- severity: warning
-- aspect: consistent
-- zh: 继续(resumed)之前没有暂停
-- en: work is resumed that was not paused
with counted as (
    select
        step.site_id,
        step.event_id,
        step.type,
        count(*) filter (where step.type in ('paused', 'sent_to_vendor')) over (
            partition by step.site_id, step.ticket_id
            order by step.at, coalesce(step.seq, 0), step.event_id
        ) as pauses
    from raw.ticket_events as step
    where
        not step._is_deleted
        and step.type in ('paused', 'resumed', 'sent_to_vendor')
)

select
    site_id,
    event_id
from counted
where type = 'resumed' and pauses = 0
