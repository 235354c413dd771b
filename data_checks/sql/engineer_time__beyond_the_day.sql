-- table: engineer_time
-- severity: warning
-- aspect: consistent
-- zh: 同一工程师一天的排班与请假等合计超过 24 小时
-- en: one engineer's minutes of a day add up to more than 24 hours
select
    spent.site_id,
    spent.engineer_id,
    spent.on_date
from raw.engineer_time as spent
where not spent._is_deleted
group by spent.site_id, spent.engineer_id, spent.on_date
having sum(spent.minutes) > 1440
