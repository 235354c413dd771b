-- description: "What each engineer would hand over, item by item, in the six sections of a hand-over; personal."
-- grain: [site_id, engineer_id, section, kind, item_id]
-- columns:
--   site_id: site
--   engineer_id: who has it
--   section: customers, projects, results, open, history or partners
--   kind: account, customer, contact, project, document, article, ticket, part, loan, issue, department, vendor or contract
--   item_id: item
--   title: what it is
--   detail: what the successor must know of it
--   on_date: local day that matters (granted, planned, updated, reported, due, ends)
with stock as (
    select site_id, store_id, part_id, sum(net_quantity) as quantity
    from core.stock_daily
    group by site_id, store_id, part_id
),

holders as (
    select site_id, ticket_id, arg_max(engineer_id, span_order) as engineer_id
    from core.holder_spans
    group by site_id, ticket_id
),

visited as (
    select v.site_id, v.engineer_id, v.customer_id, max(v.departed_at) as last_at
    from raw.visits as v
    cross join core.run_context as c
    where not v._is_deleted and v.engineer_id is not null and v.departed_at >= c.as_of - interval 12 month
    group by v.site_id, v.engineer_id, v.customer_id
),

minded as (
    select site_id, system_id, owner_engineer_id as engineer_id from core.systems where owner_engineer_id is not null
    union
    select site_id, system_id, backup_engineer_id from core.systems where backup_engineer_id is not null
),

partners as (
    select distinct m.site_id, m.engineer_id, r.vendor_id
    from minded as m
    inner join raw.systems as r on m.site_id = r.site_id and m.system_id = r.system_id and not r._is_deleted
    where r.vendor_id is not null
),

items as (
    select
        g.site_id,
        g.engineer_id,
        'customers' as section,
        'account' as kind,
        concat(g.system_id, '/', g.account) as item_id,
        coalesce(s.name, g.system_id) as title,
        concat_ws(' ', g.account, g.kind) as detail,
        g.granted_on as on_date
    from raw.access_grants as g
    cross join core.run_context as c
    left join core.systems as s on g.site_id = s.site_id and g.system_id = s.system_id
    where not g._is_deleted and coalesce(g.revoked_on > c.as_of_on, true)
    union all
    select
        v.site_id, v.engineer_id, 'customers', 'customer', v.customer_id, coalesce(u.name, v.customer_id), u.level,
        local_date(v.last_at, s.timezone)
    from visited as v
    inner join core.sites as s on v.site_id = s.site_id
    left join raw.customers as u on v.site_id = u.site_id and v.customer_id = u.customer_id and not u._is_deleted
    union all
    select
        v.site_id, v.engineer_id, 'customers', 'contact', k.contact_id, k.name, concat_ws(' ', k.role, k.phone), null
    from visited as v
    inner join raw.contacts as k
        on v.site_id = k.site_id and k.party_kind = 'customer' and v.customer_id = k.party_id and not k._is_deleted
    union all
    select
        p.site_id, p.owner_engineer_id, case when p.done_on is null then 'projects' else 'results' end, 'project',
        p.project_id, coalesce(p.name, p.project_id), p.stage, coalesce(p.done_on, p.planned_on)
    from raw.projects as p
    cross join core.run_context as c
    where
        not p._is_deleted and p.owner_engineer_id is not null
        and coalesce(p.done_on >= c.as_of_on - interval 12 month, true)
    union all
    select
        d.site_id, d.owner_engineer_id, 'results', 'document', d.document_id, coalesce(s.name, d.system_id), d.kind,
        local_date(d.updated_at, z.timezone)
    from raw.documents as d
    inner join core.sites as z on d.site_id = z.site_id
    left join core.systems as s on d.site_id = s.site_id and d.system_id = s.system_id
    where not d._is_deleted and d.owner_engineer_id is not null
    union all
    select
        k.site_id, k.author_engineer_id, 'results', 'article', k.article_id, coalesce(k.title, k.article_id),
        k.fault_family_code, local_date(k.created_at, z.timezone)
    from raw.knowledge as k
    inner join core.sites as z on k.site_id = z.site_id
    where not k._is_deleted and k.author_engineer_id is not null
    union all
    select
        t.site_id, h.engineer_id, 'open', 'ticket', t.ticket_id, coalesce(t.ticket_no, t.ticket_id),
        concat_ws(' ', coalesce(d.name, t.department_id), t.priority, t.fault_family_code), t.reported_on
    from core.tickets as t
    inner join holders as h on t.site_id = h.site_id and t.ticket_id = h.ticket_id
    left join core.departments as d on t.site_id = d.site_id and t.department_id = d.department_id
    where t.is_open
    union all
    select
        b.site_id, b.engineer_id, 'open', 'part', concat(k.store_id, '/', k.part_id), coalesce(p.name, k.part_id),
        cast(k.quantity as text), null
    from raw.stores as b
    inner join stock as k on b.site_id = k.site_id and b.store_id = k.store_id
    left join raw.parts as p on k.site_id = p.site_id and k.part_id = p.part_id and not p._is_deleted
    where not b._is_deleted and b.engineer_id is not null and k.quantity > 0
    union all
    select
        n.site_id, h.engineer_id, 'open', 'loan', n.loan_id, coalesce(a.name, n.asset_id), n.department_id,
        local_date(n.due_at, z.timezone)
    from raw.loans as n
    inner join core.sites as z on n.site_id = z.site_id
    inner join holders as h on n.site_id = h.site_id and n.ticket_id = h.ticket_id
    cross join core.run_context as c
    left join core.assets as a on n.site_id = a.site_id and n.asset_id = a.asset_id
    where not n._is_deleted and n.lent_at <= c.as_of and coalesce(n.returned_at > c.as_of, true)
    union all
    select
        i.site_id, i.owner_engineer_id, 'history', 'issue', i.issue_id, i.text, null, i.due_on
    from raw.legacy_issues as i
    cross join core.run_context as c
    where not i._is_deleted and i.owner_engineer_id is not null and coalesce(i.closed_at > c.as_of, true)
    union all
    select
        e.site_id, e.engineer_id, 'history', 'department', d.department_id, coalesce(d.name, d.department_id),
        concat_ws(
            ' ',
            case when d.is_priority_window then 'priority_window' end,
            case when d.is_sensitive_area then 'sensitive_area' end,
            case when d.prefers_onsite then 'prefers_onsite' end
        ),
        null
    from core.engineers as e
    inner join raw.departments as d on e.site_id = d.site_id and e.zone = d.zone and not d._is_deleted
    where d.is_priority_window or d.is_sensitive_area or d.prefers_onsite
    union all
    select
        p.site_id, p.engineer_id, 'partners', 'vendor', p.vendor_id, coalesce(v.name, p.vendor_id), v.level, null
    from partners as p
    left join raw.vendors as v on p.site_id = v.site_id and p.vendor_id = v.vendor_id and not v._is_deleted
    union all
    select
        p.site_id, p.engineer_id, 'partners', 'contact', k.contact_id, k.name, concat_ws(' ', k.role, k.phone), null
    from partners as p
    inner join raw.contacts as k
        on p.site_id = k.site_id and k.party_kind = 'vendor' and p.vendor_id = k.party_id and not k._is_deleted
    union all
    select
        p.site_id, p.engineer_id, 'partners', 'contract', o.contract_id, coalesce(v.name, o.vendor_id), o.kind,
        o.ends_on
    from partners as p
    inner join raw.contracts as o on p.site_id = o.site_id and p.vendor_id = o.vendor_id and not o._is_deleted
    cross join core.run_context as c
    left join raw.vendors as v on p.site_id = v.site_id and p.vendor_id = v.vendor_id and not v._is_deleted
    where coalesce(o.ends_on >= c.as_of_on, true)
)

select distinct i.site_id, i.engineer_id, i.section, i.kind, i.item_id, i.title, i.detail, i.on_date
from items as i
where i.engineer_id is not null
order by i.site_id, i.engineer_id, i.section, i.kind, i.item_id
