-- table: ticket_events
-- severity: warning
-- aspect: consistent
-- zh: 工单关闭后没有重开,却又有接单、到场、暂停或恢复
-- en: work on a ticket after it was closed and not reopened
with ended as (
    select
        step.site_id,
        step.ticket_id,
        max(step.at) filter (where step.type in ('closed', 'cancelled', 'merged')) as ended_at,
        max(step.at) filter (where step.type = 'reopened') as reopened_at
    from raw.ticket_events as step
    where not step._is_deleted
    group by step.site_id, step.ticket_id
)

select
    step.site_id,
    step.event_id
from raw.ticket_events as step
inner join ended on step.site_id = ended.site_id and step.ticket_id = ended.ticket_id
where
    not step._is_deleted
    and step.type in ('accepted', 'arrived', 'work_started', 'paused', 'resumed', 'restored')
    and step.at > ended.ended_at
    and (ended.reopened_at is null or ended.reopened_at < ended.ended_at)
