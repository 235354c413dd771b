-- description: "Tickets that an engineer opened and also resolved: whether the ward confirmed them, and whether they only split another ticket of the day."
-- grain: [site_id, ticket_id]
-- by: [site_id, asset_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   asset_id: device as on the ticket
--   engineer_id: who opened and resolved it
--   is_confirmed: somebody else accepted the work, or the ward rated it
--   is_split: the same engineer resolved an earlier ticket of that day on the same device (of unbound ones the department) and fault family
--   is_credited: it counts as work
with confirmed as (
    select t.site_id, t.ticket_id
    from core.tickets as t
    inner join core.ticket_doers as d on t.site_id = d.site_id and t.ticket_id = d.ticket_id
    inner join core.ticket_events as e on t.site_id = e.site_id and t.ticket_id = e.ticket_id
    where e.type = 'verified' and e.engineer_id is distinct from d.resolver_id
    union
    select t.site_id, t.ticket_id
    from core.tickets as t
    inner join core.ratings as g on t.site_id = g.site_id and t.ticket_id = g.ticket_id
    where g.is_counted
),

resolved as (
    select
        t.site_id,
        t.ticket_id,
        t.asset_id,
        d.resolver_id,
        r.created_by_engineer_id,
        k.is_confirmation_needed,
        row_number() over (
            partition by
                t.site_id, t.asset_id, case when t.asset_id is null then t.department_id end,
                t.fault_family_code, t.reported_on, d.resolver_id
            order by t.reported_at, t.ticket_id
        ) as place
    from core.tickets as t
    inner join raw.tickets as r on t.site_id = r.site_id and t.ticket_id = r.ticket_id and not r._is_deleted
    inner join core.ticket_doers as d on t.site_id = d.site_id and t.ticket_id = d.ticket_id
    inner join core.ticket_duties as u on t.site_id = u.site_id and t.ticket_id = u.ticket_id
    inner join core.rule_score as k on u.rules_at >= k.effective_from and u.rules_at < k.effective_until
    where not t.is_void and d.resolver_id is not null
)

select
    r.site_id,
    r.ticket_id,
    r.asset_id,
    r.resolver_id as engineer_id,
    c.ticket_id is not null as is_confirmed,
    r.place > 1 as is_split,
    r.place = 1 and (c.ticket_id is not null or not r.is_confirmation_needed) as is_credited
from resolved as r
left join confirmed as c on r.site_id = c.site_id and r.ticket_id = c.ticket_id
where r.created_by_engineer_id = r.resolver_id
order by r.site_id, r.ticket_id
