-- table: ratings
-- severity: warning
-- aspect: unique
-- zh: 一张工单有两条真实评价
-- en: a ticket was rated twice by people
select
    rating.site_id,
    rating.ticket_id
from raw.ratings as rating
where
    not rating._is_deleted
    and rating.rated_at is not null
    and not coalesce(rating.is_auto, false)
    and rating.ticket_id is not null
group by rating.site_id, rating.ticket_id
having count(*) > 1
