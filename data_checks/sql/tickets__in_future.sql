-- table: tickets
-- severity: warning
-- aspect: timely
-- tolerance: 0.05
-- zh: 报修时间晚于数据时点
-- en: reported after the data's as-of
select
    ticket.site_id,
    ticket.ticket_id
from raw.tickets as ticket
cross join this_load
where
    not ticket._is_deleted
    and ticket.reported_at > this_load.as_of
