-- description: "What a score is made of: one row for each engineer, component and ticket (or preventive job), with its weight and the values of the component's parts; personal."
-- grain: [site_id, component, subject_id, engineer_id]
-- by: [site_id, subject_id]
-- columns:
--   site_id: site
--   component: volume, timeliness, quality, satisfaction, records or prevention
--   subject_id: ticket; plan and day it was due for preventive work
--   ticket_id: ticket, NULL for preventive work
--   engineer_id: engineer
--   counted_on: local day on which it counts
--   weight: share of credit times the root of the units; of volume and satisfaction the share itself
--   part_1: volume units; ack; recurrence (1 less penalty above chance); response_speed; asset_bound; pm_on_time
--   part_2: arrive; first_fix; professionalism; complete
--   part_3: restore; reopen (1 not reopened); communication
--   part_4: overall
with cases as (
    select
        p.site_id,
        'volume' as component,
        p.ticket_id as subject_id,
        p.ticket_id,
        p.engineer_id,
        p.paid_on as counted_on,
        cast(p.credit_bp / 10000.0 as decimal(12, 6)) as weight,
        cast(u.units as decimal(12, 6)) as part_1,
        cast(null as decimal(12, 6)) as part_2,
        cast(null as decimal(12, 6)) as part_3,
        cast(null as decimal(12, 6)) as part_4
    from core.work_payments as p
    inner join core.work_units as u on p.site_id = u.site_id and p.ticket_id = u.ticket_id
    where p.engineer_id is not null
    union all
    select
        c.site_id,
        'timeliness',
        c.ticket_id as subject_id,
        c.ticket_id,
        c.engineer_id,
        c.counted_on,
        c.weight,
        c.ack,
        c.arrive,
        c.restore,
        null
    from core.ticket_timeliness as c
    where c.ack is not null or c.arrive is not null or c.restore is not null
    union all
    select
        q.site_id,
        'quality',
        q.ticket_id as subject_id,
        q.ticket_id,
        q.engineer_id,
        q.first_restored_on,
        w.weight,
        1 - q.penalty + q.chance_penalty,
        case when q.is_first_fix then 1 else 0 end,
        case when q.is_reopened then 0 else 1 end,
        null
    from core.repair_recurrences as q
    inner join core.ticket_weights as w
        on q.site_id = w.site_id and q.ticket_id = w.ticket_id and q.engineer_id = w.engineer_id
    where q.is_mature
    union all
    select
        r.site_id,
        'satisfaction',
        r.ticket_id as subject_id,
        r.ticket_id,
        w.engineer_id,
        r.rated_on,
        cast(w.credit_bp / 10000.0 as decimal(12, 6)),
        r.response_speed / 100.0,
        r.professionalism / 100.0,
        r.communication / 100.0,
        r.overall / 100.0
    from core.ratings as r
    inner join core.ticket_weights as w on r.site_id = w.site_id and r.ticket_id = w.ticket_id
    where r.is_counted and w.part != 'triage'
    union all
    select
        t.site_id,
        'records',
        t.ticket_id as subject_id,
        t.ticket_id,
        w.engineer_id,
        t.restored_on,
        w.weight,
        case when t.work_class != 'repair' then null when t.is_asset_bound then 1 else 0 end,
        case when x.is_report_complete then 1 else 0 end,
        null,
        null
    from core.tickets as t
    inner join core.ticket_handling as x on t.site_id = x.site_id and t.ticket_id = x.ticket_id
    inner join core.ticket_weights as w on t.site_id = w.site_id and t.ticket_id = w.ticket_id and w.is_resolver
    where t.restored_on is not null
    union all
    select
        m.site_id,
        'prevention',
        concat(m.plan_id, '@', cast(m.due_on as text)),
        null,
        m.engineer_id,
        m.done_on,
        1,
        case when m.outcome = 'on_time' then 1 else 0 end,
        null,
        null,
        null
    from core.pm_occurrences as m
    where m.engineer_id is not null and m.done_on is not null and m.outcome in ('on_time', 'late')
)

select
    c.site_id,
    c.component,
    c.subject_id,
    c.ticket_id,
    c.engineer_id,
    c.counted_on,
    cast(c.weight as decimal(12, 6)) as weight,
    cast(c.part_1 as decimal(12, 6)) as part_1,
    cast(c.part_2 as decimal(12, 6)) as part_2,
    cast(c.part_3 as decimal(12, 6)) as part_3,
    cast(c.part_4 as decimal(12, 6)) as part_4
from cases as c
order by c.site_id, c.component, c.subject_id, c.engineer_id
