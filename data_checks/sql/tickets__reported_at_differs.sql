-- table: tickets
-- severity: warning
-- aspect: consistent
-- tolerance: 0.2
-- zh: 工单的报修时间与其第一个 reported 事件不一致
-- en: reported_at differs from the ticket's first reported event
select
    ticket.site_id,
    ticket.ticket_id
from raw.tickets as ticket
inner join raw.ticket_events as step
    on ticket.site_id = step.site_id and ticket.ticket_id = step.ticket_id
where
    step.type = 'reported'
    and not ticket._is_deleted
    and not step._is_deleted
group by ticket.site_id, ticket.ticket_id, ticket.reported_at
having min(step.at) <> ticket.reported_at
