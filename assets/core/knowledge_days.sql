-- description: "Tickets by fault family and day, and how many of them met an approved article that was in force: for the months the rules give it, from its approval or its review."
-- grain: [site_id, fault_family, reported_on]
-- by: [site_id, reported_on]
-- columns:
--   site_id: site
--   fault_family: fault family
--   fault_group: group of the family
--   reported_on: local day
--   ticket_count: tickets that are not void
--   covered_count: of a family with an article in force that day
--   opened_count: tickets for which an article was opened
--   cited_count: tickets whose solution cites one
with articles as (
    select
        k.site_id,
        k.fault_family_code,
        local_date(k.approved_at, s.timezone) as approved_on,
        case when k.reviewed_at <= c.as_of then local_date(k.reviewed_at, s.timezone) end as reviewed_on
    from raw.knowledge as k
    inner join core.sites as s on k.site_id = s.site_id
    cross join core.run_context as c
    where not k._is_deleted and k.approved_at <= c.as_of
),

in_force as (
    select
        a.site_id,
        a.fault_family_code,
        a.approved_on as from_on,
        (a.approved_on + to_months(x.article_valid_months))::date as to_on
    from articles as a
    cross join core.rule_cost_terms as x
    union all
    select
        a.site_id,
        a.fault_family_code,
        greatest(a.approved_on, a.reviewed_on),
        (a.reviewed_on + to_months(x.article_valid_months))::date
    from articles as a
    cross join core.rule_cost_terms as x
    where a.reviewed_on is not null
),

uses as (
    select u.site_id, u.ticket_id, bool_or(u.kind = 'opened') as is_opened, bool_or(u.kind = 'cited') as is_cited
    from raw.knowledge_uses as u
    cross join core.run_context as c
    where not u._is_deleted and u.at <= c.as_of
    group by u.site_id, u.ticket_id
),

days as (
    select
        t.site_id,
        t.fault_family_code as fault_family,
        t.fault_group,
        t.reported_on,
        count(*) as ticket_count,
        count_if(coalesce(u.is_opened, false)) as opened_count,
        count_if(coalesce(u.is_cited, false)) as cited_count
    from core.tickets as t
    left join uses as u on t.site_id = u.site_id and t.ticket_id = u.ticket_id
    where not t.is_void and t.fault_family_code is not null
    group by t.site_id, t.fault_family_code, t.fault_group, t.reported_on
),

covered as (
    select distinct d.site_id, d.fault_family, d.reported_on
    from days as d
    inner join in_force as f
        on
            d.site_id = f.site_id
            and d.fault_family = f.fault_family_code
            and d.reported_on >= f.from_on
            and d.reported_on < f.to_on
)

select
    d.site_id,
    d.fault_family,
    d.fault_group,
    d.reported_on,
    d.ticket_count,
    case when k.site_id is null then 0 else d.ticket_count end as covered_count,
    d.opened_count,
    d.cited_count
from days as d
left join covered as k
    on d.site_id = k.site_id and d.fault_family = k.fault_family and d.reported_on = k.reported_on
order by d.site_id, d.fault_family, d.reported_on
