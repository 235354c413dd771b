-- description: "The standard of each kind of work: median hands-on minutes of the whole team in the twelve months before a quarter, frozen for that quarter. A level above is written *."
-- grain: [site_id, quarter_on, work_class, asset_class, fault_family]
-- by: [site_id, quarter_on]
-- reach:
--   core.work_done:
--     of: site_id, done_quarter_on, work_class, asset_class, fault_family, minutes
--     via: core.quarters
--     where: v.site_id = d.site_id and v.quarter_on >= d.done_quarter_on and v.quarter_on <= d.done_quarter_on + interval 12 month
-- columns:
--   site_id: site
--   quarter_on: first day of the quarter in which it holds
--   work_class: class of work, * for all
--   asset_class: class of device, * for all, empty for none
--   fault_family: fault family, * for all, empty for none
--   ticket_count: tickets with logged work that it rests on
--   median_minutes: nearest-rank median of their hands-on time (min)
--   is_provisional: no history yet, so the quarter's own tickets stand in
with done as (
    select site_id, done_quarter_on, work_class, asset_class, fault_family, minutes, count(*) as tickets
    from core.work_done
    group by all
),

histories as (
    select
        q.site_id,
        q.quarter_on,
        coalesce(sum(d.tickets), 0) < any_value(h.min_cell_tickets) as is_provisional
    from core.quarters as q
    cross join core.rule_flow as h
    left join done as d
        on
            q.site_id = d.site_id
            and d.done_quarter_on < q.quarter_on
            and d.done_quarter_on >= q.quarter_on - interval 12 month
    group by q.site_id, q.quarter_on
),

samples as (
    select
        q.quarter_on,
        q.is_provisional,
        d.site_id,
        d.work_class,
        d.asset_class,
        d.fault_family,
        d.minutes,
        d.tickets
    from histories as q
    inner join done as d
        on
            q.site_id = d.site_id
            and case
                when q.is_provisional
                    then d.done_quarter_on = q.quarter_on
                else d.done_quarter_on < q.quarter_on and d.done_quarter_on >= q.quarter_on - interval 12 month
            end
),

levels as (
    select
        site_id,
        quarter_on,
        is_provisional,
        case when grouping(work_class) = 1 then '*' else work_class end as work_class,
        case when grouping(asset_class) = 1 then '*' else asset_class end as asset_class,
        case when grouping(fault_family) = 1 then '*' else fault_family end as fault_family,
        minutes,
        sum(tickets) as tickets
    from samples
    group by grouping sets (
        (site_id, quarter_on, is_provisional, minutes),
        (site_id, quarter_on, is_provisional, work_class, minutes),
        (site_id, quarter_on, is_provisional, work_class, asset_class, minutes),
        (site_id, quarter_on, is_provisional, work_class, asset_class, fault_family, minutes)
    )
),

counted as (
    select
        l.*,
        sum(l.tickets) over (
            partition by l.site_id, l.quarter_on, l.work_class, l.asset_class, l.fault_family
            order by l.minutes rows between unbounded preceding and current row
        ) as up_to,
        sum(l.tickets) over (
            partition by l.site_id, l.quarter_on, l.work_class, l.asset_class, l.fault_family
        ) as total
    from levels as l
)

select
    site_id,
    quarter_on,
    work_class,
    asset_class,
    fault_family,
    any_value(total)::bigint as ticket_count,
    min(minutes) filter (where 2 * up_to >= total)::bigint as median_minutes,
    bool_or(is_provisional) as is_provisional
from counted
group by site_id, quarter_on, work_class, asset_class, fault_family
order by site_id, quarter_on, work_class, asset_class, fault_family
