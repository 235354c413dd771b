-- description: Tickets that are not in the bin, with their text in plain characters.
-- needs: [glpi_tickets]
-- since:
--   table: glpi_tickets
--   column: date_mod
--   key: id
--   related:
--     glpi_tickets: id
--     glpi_tickets_users: tickets_id
--     glpi_groups_tickets: tickets_id
--     glpi_items_tickets: tickets_id
--     glpi_tickets_tickets: tickets_id_1
--     glpi_itilsolutions: items_id
with requesters as (
    select
        u.tickets_id,
        arg_min(u.users_id, u.id) as users_id
    from source.glpi_tickets_users as u
    where u.type = 1 and u.users_id is not null
    group by u.tickets_id
),

requester_groups as (
    select
        g.tickets_id,
        arg_min(g.groups_id, g.id) as groups_id
    from source.glpi_groups_tickets as g
    where g.type = 1
    group by g.tickets_id
),

items as (
    select
        i.tickets_id,
        arg_min(regexp_extract(i.itemtype, '[^\\]*$') || '-' || i.items_id, i.id)
        filter (where i.itemtype not in ('Appliance', 'Software')) as asset_id,
        arg_min('Appliance-' || i.items_id, i.id) filter (where i.itemtype = 'Appliance') as system_id
    from source.glpi_items_tickets as i
    where i.items_id is not null
    group by i.tickets_id
),

-- link 2: the first ticket repeats the second
duplicates as (
    select
        d.tickets_id_1 as tickets_id,
        min(d.tickets_id_2) as master_id
    from source.glpi_tickets_tickets as d
    where d.link = 2
    group by d.tickets_id_1
),

solutions as (
    select
        s.items_id as tickets_id,
        arg_max(s.content, s.id) as content,
        arg_max(y.name, s.id) as type_name
    from source.glpi_itilsolutions as s
    left join source.glpi_solutiontypes as y on s.solutiontypes_id = y.id
    -- status 4: refused
    where s.itemtype = 'Ticket' and coalesce(s.status, 0) != 4
    group by s.items_id
)

select
    null::varchar as site_id,
    t.id::varchar as ticket_id,
    t.id::varchar as ticket_no,
    case
        when r.name is null then null
        when regexp_matches(r.name, '微信|(?i:wechat|weixin)') then 'wechat'
        when regexp_matches(r.name, '电话|(?i:phone|t.l.phone|call)') then 'phone'
        when regexp_matches(r.name, '^(?i:OA)') then 'oa'
        when regexp_matches(r.name, '自助|移动|小程序|(?i:helpdesk|portal|app)') then 'app'
        when regexp_matches(r.name, '告警|监控|(?i:alarm|alert|monitor)') then 'alarm'
        when regexp_matches(r.name, '巡检|巡查|(?i:patrol|inspection)') then 'patrol'
        else 'other'
    end as channel,
    case t.type when 1 then 'repair' when 2 then 'service_request' end as work_class,
    html_text(t.name) as title,
    html_text(t.content) as description,
    -- the code of the category, of its parent or of its grandparent, else the category's own path
    coalesce(
        nullif(c.code, ''), nullif(p.code, ''), nullif(q.code, ''), html_text(c.completename), html_text(c.name)
    ) as fault_family_code,
    null::varchar as cause_code,
    case
        when d.master_id is not null then 'duplicate'
        when o.type_name in (
            'repaired', 'replaced', 'user_error', 'no_fault_found', 'cancelled', 'merged', 'duplicate'
        ) then o.type_name
        when o.type_name = '修复' then 'repaired'
        when o.type_name = '更换' then 'replaced'
        when o.type_name = '使用不当' then 'user_error'
        when o.type_name = '未发现故障' then 'no_fault_found'
        when o.type_name = '已取消' then 'cancelled'
        when o.type_name = '已合并' then 'merged'
        when o.type_name = '重复单' then 'duplicate'
    end as outcome_code,
    case
        when t.urgency >= 5 then 'critical'
        when t.urgency = 4 then 'high'
        when t.urgency = 3 then 'normal'
        when t.urgency >= 1 then 'low'
    end as urgency,
    -- 6 (major) and 5 (very high) are both the highest of five
    case when t.priority >= 5 then 'P1' when t.priority >= 1 then 'P' || (6 - t.priority) end as priority,
    null::varchar as service_impact,
    case getvariable('department_by')
        when 'group' then 'group-' || coalesce(h.groups_id, v.groups_id)
        when 'location' then 'location-' || coalesce(t.locations_id, v.locations_id)
        else 'entity-' || t.entities_id
    end as department_id,
    i.asset_id,
    i.system_id,
    t.date as reported_at,
    u.users_id::varchar as requester_ref,
    case when coalesce(t.users_id_recipient != u.users_id, true) then t.users_id_recipient::varchar end
        as created_by_engineer_id,
    null::varchar as triage_mode,
    null::varchar as resolution_mode,
    null::boolean as is_onsite_required,
    null::varchar as second_visit_reason,
    html_text(o.content) as resolution_text,
    d.master_id::varchar as master_ticket_id,
    t.date_mod as updated_at
from source.glpi_tickets as t
left join requesters as u on t.id = u.tickets_id
left join requester_groups as h on t.id = h.tickets_id
left join source.glpi_users as v on u.users_id = v.id
left join items as i on t.id = i.tickets_id
left join duplicates as d on t.id = d.tickets_id
left join solutions as o on t.id = o.tickets_id
left join source.glpi_requesttypes as r on t.requesttypes_id = r.id
left join source.glpi_itilcategories as c on t.itilcategories_id = c.id
left join source.glpi_itilcategories as p on c.itilcategories_id = p.id
left join source.glpi_itilcategories as q on p.itilcategories_id = q.id
where coalesce(t.is_deleted, 0) = 0
