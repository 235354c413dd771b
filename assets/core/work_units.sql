-- description: "What a ticket weighs: its standard hands-on time, and units of work relative to the team's median ticket."
-- grain: [site_id, ticket_id]
-- by: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   standard_seconds: standard hands-on time of its kind of work in the quarter of its report (s); NULL without any standard
--   units: standard over the median of all work, clipped, times the multipliers for a visit, odd hours and priority
--   is_off_hours: the work began outside the ordinary hours
--   is_provisional: the standard rests on the same quarter, for want of history
with placed as (
    select
        t.site_id,
        t.ticket_id,
        t.priority,
        t.is_onsite,
        date_trunc('quarter', t.reported_on)::date as quarter_on,
        coalesce(t.work_class, '') as work_class,
        coalesce(a.asset_class, '') as asset_class,
        coalesce(t.fault_family_code, '') as fault_family,
        t.work_class = 'consumable' or coalesce(f.is_consumable, false) as is_consumable,
        coalesce(t.work_started_at, t.arrived_at, t.accepted_at, t.reported_at) as begun_at,
        h.off_hours_calendar_id
    from core.tickets as t
    cross join core.rule_flow as h
    left join core.assets as a on t.site_id = a.site_id and t.asset_id = a.asset_id
    left join core.rule_fault_families as f on t.fault_family_code = f.fault_family_code
),

timed as (
    select p.*, coalesce(i.ends_at <= p.begun_at, true) as is_off_hours
    from placed as p
    asof left join core.rule_calendar_intervals as i
        on p.off_hours_calendar_id = i.calendar_id and p.begun_at >= i.starts_at
),

-- each level is drawn towards the one above by so many tickets; too few inherit it whole
overall as (
    select site_id, quarter_on, is_provisional, 100 * median_minutes as centiminutes
    from core.work_standards
    where work_class = '*'
),

by_work as (
    select
        s.site_id,
        s.quarter_on,
        s.work_class,
        case
            when s.ticket_count < h.min_cell_tickets then o.centiminutes
            else
                (100 * s.ticket_count * s.median_minutes + h.pull_tickets * o.centiminutes)
                // (s.ticket_count + h.pull_tickets)
        end as centiminutes
    from core.work_standards as s
    inner join overall as o on s.site_id = o.site_id and s.quarter_on = o.quarter_on
    cross join core.rule_flow as h
    where s.work_class != '*' and s.asset_class = '*'
),

by_class as (
    select
        s.site_id,
        s.quarter_on,
        s.work_class,
        s.asset_class,
        case
            when s.ticket_count < h.min_cell_tickets then o.centiminutes
            else
                (100 * s.ticket_count * s.median_minutes + h.pull_tickets * o.centiminutes)
                // (s.ticket_count + h.pull_tickets)
        end as centiminutes
    from core.work_standards as s
    inner join by_work as o
        on s.site_id = o.site_id and s.quarter_on = o.quarter_on and s.work_class = o.work_class
    cross join core.rule_flow as h
    where s.asset_class != '*' and s.fault_family = '*'
),

by_family as (
    select
        s.site_id,
        s.quarter_on,
        s.work_class,
        s.asset_class,
        s.fault_family,
        case
            when s.ticket_count < h.min_cell_tickets then o.centiminutes
            else
                (100 * s.ticket_count * s.median_minutes + h.pull_tickets * o.centiminutes)
                // (s.ticket_count + h.pull_tickets)
        end as centiminutes
    from core.work_standards as s
    inner join by_class as o
        on
            s.site_id = o.site_id
            and s.quarter_on = o.quarter_on
            and s.work_class = o.work_class
            and s.asset_class = o.asset_class
    cross join core.rule_flow as h
    where s.fault_family != '*'
),

weighed as (
    select
        p.*,
        coalesce(f.centiminutes, a.centiminutes, w.centiminutes, o.centiminutes) as centiminutes,
        o.centiminutes as overall_centiminutes,
        coalesce(o.is_provisional, true) as is_provisional
    from timed as p
    left join overall as o on p.site_id = o.site_id and p.quarter_on = o.quarter_on
    left join by_work as w
        on p.site_id = w.site_id and p.quarter_on = w.quarter_on and p.work_class = w.work_class
    left join by_class as a
        on
            p.site_id = a.site_id
            and p.quarter_on = a.quarter_on
            and p.work_class = a.work_class
            and p.asset_class = a.asset_class
    left join by_family as f
        on
            p.site_id = f.site_id
            and p.quarter_on = f.quarter_on
            and p.work_class = f.work_class
            and p.asset_class = f.asset_class
            and p.fault_family = f.fault_family
)

select
    w.site_id,
    w.ticket_id,
    w.centiminutes * 60 // 100 as standard_seconds,
    least(
        case when w.is_consumable then h.consumable_cap end,
        (
            greatest(
                least(coalesce(w.centiminutes::decimal(18, 4) / nullif(w.overall_centiminutes, 0), 1), h.unit_cap),
                h.unit_floor
            )
            * case when w.is_onsite then h.visit_factor else 1 end
            * case when w.is_off_hours then h.off_hours_factor else 1 end
            * coalesce(m.factor, 1)
        )
    )::decimal(9, 4) as units,
    w.is_off_hours,
    w.is_provisional
from weighed as w
cross join core.rule_flow as h
left join core.rule_priority_factors as m on w.priority = m.priority
order by w.site_id, w.ticket_id
