-- table: ticket_events
-- severity: warning
-- aspect: unique
-- zh: 同一工单在同一时刻有两条同类事件
-- en: a ticket has the same event twice at one instant
select
    step.site_id,
    step.ticket_id,
    step.at,
    step.type
from raw.ticket_events as step
where not step._is_deleted
group by step.site_id, step.ticket_id, step.at, step.type, step.engineer_id
having count(*) > 1
