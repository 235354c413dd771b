-- table: ticket_events
-- severity: warning
-- aspect: consistent
-- tolerance: 0.1
-- zh: 事件顺序颠倒(早于报修,或恢复、到场早于首次接单);保留,不计时长
-- en: an event before the report, or a restoration or arrival before the first acceptance
with accepted as (
    select
        step.site_id,
        step.ticket_id,
        min(step.at) as first_at
    from raw.ticket_events as step
    where step.type = 'accepted' and not step._is_deleted
    group by step.site_id, step.ticket_id
),

reopened as (
    select
        step.site_id,
        step.ticket_id,
        min(step.at) as first_at
    from raw.ticket_events as step
    where step.type = 'reopened' and not step._is_deleted
    group by step.site_id, step.ticket_id
)

select
    step.site_id,
    step.event_id
from raw.ticket_events as step
inner join raw.tickets as ticket
    on step.site_id = ticket.site_id and step.ticket_id = ticket.ticket_id
left join accepted on step.site_id = accepted.site_id and step.ticket_id = accepted.ticket_id
left join reopened on step.site_id = reopened.site_id and step.ticket_id = reopened.ticket_id
where
    not step._is_deleted
    and not ticket._is_deleted
    and (
        step.at < ticket.reported_at
        or (
            step.type in ('restored', 'arrived')
            and step.at < accepted.first_at
            and (reopened.first_at is null or reopened.first_at > accepted.first_at)
        )
    )
