-- description: What each ticket owes the ward by the rules in force when it was reported, a visit or a spare machine, and whether the visit was made.
-- grain: [site_id, ticket_id]
-- by: [site_id, ticket_id]
-- live: true
-- columns:
--   site_id: site
--   ticket_id: ticket
--   rules_at: the report on the site's own clock; chooses the version of every rule of the ticket
--   urgency: urgency; that of the priority where the source has none
--   visit_duty: required, remote_preferred or either
--   visit_rules: rules that say so, in the order of the file; NULL where none does
--   is_visited: an engineer was there
--   is_visit_kept: a required visit was made; NULL while the ticket is open without one, or none is required
--   is_loaner_due: a rule owes the ward a spare machine
--   loaner_rules: rules that say so
--   is_repeat: the same device had been reported for the same fault family before
with known as (
    select
        t.site_id,
        t.ticket_id,
        t.reported_at,
        local_time(t.reported_at, s.timezone) as rules_at,
        t.urgency as own_urgency,
        t.priority,
        t.fault_group,
        t.fault_family_code,
        t.work_class,
        t.service_impact,
        a.asset_class,
        coalesce(d.is_sensitive_area, false) as is_sensitive_area,
        coalesce(d.prefers_onsite, false) as prefers_onsite,
        t.reopen_count > 0 as is_reopened,
        t.ended_at is not null as is_ended,
        t.arrived_at is not null or coalesce(t.resolution_mode, '') = 'onsite' as is_visited,
        p.previous_at
    from core.tickets as t
    inner join core.sites as s on t.site_id = s.site_id
    left join core.assets as a on t.site_id = a.site_id and t.asset_id = a.asset_id
    left join core.ticket_repeats as p on t.site_id = p.site_id and t.ticket_id = p.ticket_id
    left join raw.departments as d
        on t.site_id = d.site_id and t.department_id = d.department_id and not d._is_deleted
    where not t.is_void and not t.is_planned
),

sent as (
    select distinct site_id, ticket_id from core.vendor_stays
),

seen as (
    select
        k.*,
        coalesce(k.own_urgency, u.urgency) as urgency,
        v.ticket_id is not null as is_sent_to_vendor
    from known as k
    left join core.rule_urgency_of_priority as u
        on k.priority = u.priority and k.rules_at >= u.effective_from and k.rules_at < u.effective_until
    left join sent as v on k.site_id = v.site_id and k.ticket_id = v.ticket_id
),

meant as (
    select
        k.site_id,
        k.ticket_id,
        bool_or(r.kind = 'visit' and r.duty = 'required') as is_visit_required,
        string_agg(r.rule_id, ' ' order by r.position) filter (where r.kind = 'visit' and r.duty = 'required')
            as visit_rules,
        string_agg(r.rule_id, ' ' order by r.position) filter (where r.kind = 'visit' and r.duty != 'required')
            as remote_rules,
        string_agg(r.rule_id, ' ' order by r.position) filter (where r.kind = 'loaner') as loaner_rules
    from seen as k
    inner join core.rule_duties as r
        on
            k.rules_at >= r.effective_from
            and k.rules_at < r.effective_until
            and (r.fault_groups is null or list_contains(r.fault_groups, k.fault_group))
            and (r.fault_families is null or list_contains(r.fault_families, k.fault_family_code))
            and (r.work_classes is null or list_contains(r.work_classes, k.work_class))
            and (r.priorities is null or list_contains(r.priorities, k.priority))
            and (r.urgencies is null or list_contains(r.urgencies, k.urgency))
            and (r.service_impacts is null or list_contains(r.service_impacts, k.service_impact))
            and (r.asset_classes is null or list_contains(r.asset_classes, k.asset_class))
            and (r.is_sensitive_area is null or r.is_sensitive_area = k.is_sensitive_area)
            and (r.prefers_onsite is null or r.prefers_onsite = k.prefers_onsite)
            and (r.is_reopened is null or r.is_reopened = k.is_reopened)
            and (r.is_sent_to_vendor is null or r.is_sent_to_vendor = k.is_sent_to_vendor)
            and (
                r.repeat_within_days is null
                or k.reported_at <= k.previous_at + to_days(r.repeat_within_days)
            )
    group by k.site_id, k.ticket_id
),

judged as (
    select
        k.*,
        m.loaner_rules,
        case
            when m.is_visit_required then 'required'
            when m.remote_rules is not null then 'remote_preferred'
            else f.duty
        end as visit_duty,
        coalesce(m.visit_rules, m.remote_rules) as visit_rules
    from seen as k
    inner join core.rule_visit_default as f
        on k.rules_at >= f.effective_from and k.rules_at < f.effective_until
    left join meant as m on k.site_id = m.site_id and k.ticket_id = m.ticket_id
)

select
    site_id,
    ticket_id,
    rules_at,
    urgency,
    visit_duty,
    visit_rules,
    is_visited,
    case when visit_duty = 'required' and (is_visited or is_ended) then is_visited end as is_visit_kept,
    loaner_rules is not null as is_loaner_due,
    loaner_rules,
    previous_at is not null as is_repeat
from judged
order by site_id, ticket_id
