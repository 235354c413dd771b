-- table: ticket_events
-- severity: warning
-- aspect: timely
-- counts: once
-- zh: 最新的事件距数据时点已超过 3 天
-- en: the newest event is more than three days older than the data's as-of
select max(step.at) as newest_at
from raw.ticket_events as step
cross join this_load
where not step._is_deleted
having max(step.at) < any_value(this_load.as_of) - interval 3 day
