-- table: tickets
-- severity: warning
-- aspect: complete
-- tolerance: 0.2
-- zh: 工单没有任何事件,不能计算时长
-- en: a ticket has no event at all, so no duration
select
    ticket.site_id,
    ticket.ticket_id
from raw.tickets as ticket
where
    not ticket._is_deleted
    and exists (
        select 1
        from raw.ticket_events as step
        where not step._is_deleted
    )
    and not exists (
        select 1
        from raw.ticket_events as step
        where
            step.site_id = ticket.site_id
            and step.ticket_id = ticket.ticket_id
            and not step._is_deleted
    )
