-- table: tickets
-- severity: warning
-- aspect: unique
-- zh: 两张工单的单号 ticket_no 相同
-- en: two tickets bear the same number
select
    ticket.site_id,
    ticket.ticket_no
from raw.tickets as ticket
where not ticket._is_deleted and ticket.ticket_no is not null
group by ticket.site_id, ticket.ticket_no
having count(*) > 1
