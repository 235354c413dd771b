-- table: tickets
-- severity: warning
-- aspect: timely
-- counts: once
-- zh: 最新的报修距数据时点已超过 3 天
-- en: the newest report is more than three days older than the data's as-of
select max(ticket.reported_at) as newest_at
from raw.tickets as ticket
cross join this_load
where not ticket._is_deleted
having max(ticket.reported_at) < any_value(this_load.as_of) - interval 3 day
