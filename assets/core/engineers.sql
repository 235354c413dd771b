-- description: One row per engineer, with the posting valid at the as-of instant.
-- grain: [site_id, engineer_id]
-- live: true
-- columns:
--   site_id: site
--   engineer_id: engineer
--   name: display name (personal; only for roles that may see it)
--   team: team of the current posting
--   role: role of the current posting
--   grade: grade of the current posting
--   zone: zone of the current posting
--   hired_on: first day
--   left_on: last day, NULL while employed
with posting as (
    select
        p.site_id,
        p.engineer_id,
        p.team,
        p.role,
        p.grade,
        p.zone,
        row_number() over (
            partition by p.site_id, p.engineer_id
            order by p.valid_from desc
        ) as rank_from_newest
    from raw.engineer_postings as p
    cross join core.run_context as c
    where not p._is_deleted and p.valid_from <= c.as_of_on
)

select
    e.site_id,
    e.engineer_id,
    coalesce(e.name, e.engineer_id) as name,
    p.team,
    p.role,
    p.grade,
    p.zone,
    e.hired_on,
    e.left_on
from raw.engineers as e
left join posting as p
    on e.site_id = p.site_id and e.engineer_id = p.engineer_id and p.rank_from_newest = 1
where not e._is_deleted
order by e.site_id, e.engineer_id
