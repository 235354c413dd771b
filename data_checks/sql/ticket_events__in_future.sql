-- table: ticket_events
-- severity: warning
-- aspect: timely
-- tolerance: 0.05
-- zh: 事件时间晚于数据时点
-- en: an event lies after the data's as-of
select
    step.site_id,
    step.event_id
from raw.ticket_events as step
cross join this_load
where
    not step._is_deleted
    and step.at > this_load.as_of
