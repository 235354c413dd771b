-- description: Hands-on work priced at the rate of the worker's grade on that day. Empty for sites whose source books labour itself, and without a rate.
-- grain: [site_id, ticket_id, engineer_id, started_at]
-- by: [site_id, ticket_id, engineer_id, started_at]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   engineer_id: who worked
--   started_at: start (UTC)
--   worked_on: local day of the start
--   labour_cny: seconds × rate, rounded half up to the fen (CNY)
with postings as (
    select p.site_id, p.engineer_id, p.valid_from, p.grade from raw.engineer_postings as p where not p._is_deleted
),

graded as (
    select w.site_id, w.ticket_id, w.engineer_id, w.started_at, w.worked_on, w.seconds, p.grade
    from core.effort as w
    asof left join postings as p
        on w.site_id = p.site_id and w.engineer_id = p.engineer_id and w.worked_on >= p.valid_from
)

select
    g.site_id,
    g.ticket_id,
    g.engineer_id,
    g.started_at,
    g.worked_on,
    -- micro-CNY an hour × seconds in whole fen: no DOUBLE touches money
    (
        ((2::hugeint * coalesce(r.micro_cny, d.micro_cny) * g.seconds + 36000000) // 72000000)::bigint
        * 0.01::decimal(3, 2)
    )::decimal(14, 2) as labour_cny
from graded as g
left join core.labour_sites as b on g.site_id = b.site_id
left join core.rule_labour_rates as r
    on g.grade = r.grade and g.worked_on >= r.from_on and g.worked_on < r.to_on
left join core.rule_labour_rates as d
    on d.grade = '*' and g.worked_on >= d.from_on and g.worked_on < d.to_on
where b.site_id is null and coalesce(r.micro_cny, d.micro_cny) is not null
order by g.site_id, g.ticket_id, g.engineer_id, g.started_at
