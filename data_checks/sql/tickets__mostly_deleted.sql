-- table: tickets
-- severity: critical
-- aspect: complete
-- counts: once
-- zh: 超过一半的工单已从来源中消失
-- en: more than half of the tickets have vanished from the source
select
    ticket.site_id,
    ticket.ticket_id
from raw.tickets as ticket
where
    ticket._is_deleted
    and (
        select 2 * count(*) filter (where every_ticket._is_deleted) > count(*)
        from raw.tickets as every_ticket
    )
