-- description: One row per request for a rating up to as-of, with marks on one scale and what may be counted.
-- grain: [site_id, rating_id]
-- by: [site_id, ticket_id]
-- columns:
--   site_id: site
--   rating_id: request for a rating
--   ticket_id: ticket
--   asked_on: local day of the request
--   rated_at: the answer (UTC), NULL without one
--   rated_on: its local day
--   is_auto: given by a timer, not by a person
--   is_self: given by the department itself
--   is_counted: answered by a person who was served; the first answer of each ticket
--   response_speed: mark, hundredths on a scale of five
--   professionalism: mark, hundredths on a scale of five
--   communication: mark, hundredths on a scale of five
--   overall: mark, hundredths on a scale of five
--   is_top: overall is in the best fifth or the next
select
    r.site_id,
    r.rating_id,
    r.ticket_id,
    local_date(r.asked_at, s.timezone) as asked_on,
    r.rated_at,
    local_date(r.rated_at, s.timezone) as rated_on,
    coalesce(r.is_auto, false) as is_auto,
    coalesce(r.is_self, false) as is_self,
    r.rated_at is not null
    and r.overall is not null
    and not coalesce(r.is_auto, false)
    and not coalesce(r.is_self, false)
    and row_number() over (
        partition by r.site_id, coalesce(r.ticket_id, r.rating_id)
        order by
            (
                r.rated_at is null
                or r.overall is null
                or coalesce(r.is_auto, false)
                or coalesce(r.is_self, false)
            ),
            r.rated_at,
            r.rating_id
    ) = 1 as is_counted,
    round(r.response_speed * 500 / coalesce(r.scale_max, 5))::bigint as response_speed,
    round(r.professionalism * 500 / coalesce(r.scale_max, 5))::bigint as professionalism,
    round(r.communication * 500 / coalesce(r.scale_max, 5))::bigint as communication,
    round(r.overall * 500 / coalesce(r.scale_max, 5))::bigint as overall,
    coalesce(r.overall * 5 >= coalesce(r.scale_max, 5) * 4, false) as is_top
from raw.ratings as r
inner join core.sites as s on r.site_id = s.site_id
cross join core.run_context as c
where not r._is_deleted and coalesce(r.asked_at, r.rated_at) <= c.as_of
order by r.site_id, r.rating_id
