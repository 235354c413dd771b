-- description: "Each engineer's month: the posting held when it began, and the time there was to work; before the day of as-of."
-- grain: [site_id, engineer_id, month_on]
-- columns:
--   site_id: site
--   engineer_id: engineer
--   month_on: first day of the month
--   role: role when the month began, or the first one within it
--   grade: grade likewise
--   team: team likewise
--   hired_on: first day of employment
--   roster_seconds: planned working time (s)
--   leave_seconds: of it on leave (s)
--   available_seconds: roster less leave, training and approved projects (s)
with planned as (
    select
        t.site_id,
        t.engineer_id,
        date_trunc('month', t.on_date)::date as month_on,
        t.on_date,
        coalesce(sum(t.minutes) filter (where t.kind = 'roster'), 0) * 60 as roster_seconds,
        coalesce(sum(t.minutes) filter (where t.kind = 'leave'), 0) * 60 as leave_seconds,
        coalesce(sum(t.minutes) filter (where t.kind != 'roster'), 0) * 60 as away_seconds
    from raw.engineer_time as t
    cross join core.run_context as c
    where not t._is_deleted and t.on_date < c.as_of_on and t.engineer_id is not null
    group by t.site_id, t.engineer_id, t.on_date
),

worked as (
    select
        site_id,
        engineer_id,
        month_on,
        sum(roster_seconds) as roster_seconds,
        sum(least(leave_seconds, roster_seconds)) as leave_seconds,
        sum(greatest(roster_seconds - away_seconds, 0)) as available_seconds
    from planned
    group by site_id, engineer_id, month_on
),

reported as (
    select distinct site_id, date_trunc('month', reported_on)::date as month_on from core.tickets
),

-- whoever is employed or has a share in a ticket stands in the month, with a roster or without
months as (
    select e.site_id, e.engineer_id, q.month_on
    from core.engineers as e
    inner join reported as q
        on
            e.site_id = q.site_id
            and coalesce(e.hired_on, date '1900-01-01') < q.month_on + interval 1 month
            and coalesce(e.left_on, date '9999-01-01') >= q.month_on
    union
    select site_id, engineer_id, month_on from worked
    union
    select w.site_id, w.engineer_id, date_trunc('month', t.restored_on)::date
    from core.ticket_weights as w
    inner join core.tickets as t on w.site_id = t.site_id and w.ticket_id = t.ticket_id
    where t.restored_on is not null
),

postings as (
    select
        m.site_id,
        m.engineer_id,
        m.month_on,
        p.role,
        p.grade,
        p.team,
        row_number() over (
            partition by m.site_id, m.engineer_id, m.month_on
            order by p.valid_from > m.month_on, abs(days_between(m.month_on, p.valid_from))
        ) as place
    from months as m
    inner join raw.engineer_postings as p
        on
            m.site_id = p.site_id
            and m.engineer_id = p.engineer_id
            and p.valid_from < m.month_on + interval 1 month
    where not p._is_deleted
)

select
    m.site_id,
    m.engineer_id,
    m.month_on,
    p.role,
    p.grade,
    p.team,
    e.hired_on,
    coalesce(w.roster_seconds, 0)::bigint as roster_seconds,
    coalesce(w.leave_seconds, 0)::bigint as leave_seconds,
    coalesce(w.available_seconds, 0)::bigint as available_seconds
from months as m
left join core.engineers as e on m.site_id = e.site_id and m.engineer_id = e.engineer_id
left join worked as w
    on m.site_id = w.site_id and m.engineer_id = w.engineer_id and m.month_on = w.month_on
left join postings as p
    on m.site_id = p.site_id and m.engineer_id = p.engineer_id and m.month_on = p.month_on and p.place = 1
order by m.site_id, m.engineer_id, m.month_on
