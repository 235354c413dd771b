-- table: ticket_events
-- severity: warning
-- zh: 事件找不到对应的工单
-- en: an event has no ticket
select
    step.site_id,
    step.event_id
from raw.ticket_events as step
where
    not step._is_deleted
    and not exists (
        select 1
        from raw.tickets as ticket
        where ticket.site_id = step.site_id and ticket.ticket_id = step.ticket_id
    )
