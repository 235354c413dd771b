-- description: "Hand-overs between engineers, one row per section of one, with what became of tickets before and after."
-- grain: [site_id, handover_id]
-- columns:
--   site_id: site
--   handover_id: section of a hand-over
--   from_engineer_id: who leaves
--   to_engineer_id: who takes over
--   section: what is handed over
--   is_done: handed over
--   met_minutes: time spent face to face (min)
--   announced_on: local day of the announcement
--   assign_seconds: announcement to a named successor (s), NULL without one
--   assign_so_far_seconds: the same, up to as-of without one (s)
--   is_assigned_in_time: a successor was named within the limit
--   is_assign_judged: named, or the limit has passed
--   observed_until: end of the observation of the successor (UTC)
--   is_observed: the observation runs at as-of
--   is_lead: first section of the pair, so that a pair counts once
--   announced_second: announcement, seconds since 1970-01-01 UTC
--   restored_after_count: tickets the successor restored in the days of observation
--   reopened_after_count: of these, reopened
--   restored_before_count: tickets the leaver restored in the days before the announcement
--   reopened_before_count: of these, reopened
with placed as (
    select
        h.site_id,
        h.handover_id,
        h.from_engineer_id,
        h.to_engineer_id,
        h.section,
        coalesce(h.is_done, false) as is_done,
        h.met_minutes,
        h.announced_at,
        case when h.assigned_at <= c.as_of then h.assigned_at end as assigned_at,
        row_number() over (
            partition by h.site_id, h.from_engineer_id, h.to_engineer_id, h.announced_at
            order by h.handover_id
        ) = 1 as is_lead,
        s.timezone,
        c.as_of
    from raw.handovers as h
    inner join core.sites as s on h.site_id = s.site_id
    cross join core.run_context as c
    where not h._is_deleted and h.announced_at <= c.as_of
)
,

restorers as (
    select
        h.site_id,
        h.ticket_id,
        arg_max(h.engineer_id, h.span_order) as engineer_id
    from core.holder_spans as h
    group by h.site_id, h.ticket_id
),

restored as (
    select t.site_id, r.engineer_id, t.first_restored_at, t.reopen_count > 0 as is_reopened
    from core.tickets as t
    inner join restorers as r on t.site_id = r.site_id and t.ticket_id = r.ticket_id
    where t.first_restored_at is not null and not t.is_void
),

after as (
    select
        p.site_id,
        p.handover_id,
        count(*) as restored_count,
        count(*) filter (where r.is_reopened) as reopened_count
    from placed as p
    cross join core.rule_flow as k
    inner join restored as r
        on
            p.site_id = r.site_id
            and p.to_engineer_id = r.engineer_id
            and r.first_restored_at >= p.assigned_at
            and r.first_restored_at < p.assigned_at + to_seconds(k.observation_seconds)
    group by p.site_id, p.handover_id
),

before as (
    select
        p.site_id,
        p.handover_id,
        count(*) as restored_count,
        count(*) filter (where r.is_reopened) as reopened_count
    from placed as p
    cross join core.rule_flow as k
    inner join restored as r
        on
            p.site_id = r.site_id
            and p.from_engineer_id = r.engineer_id
            and r.first_restored_at < p.announced_at
            and r.first_restored_at >= p.announced_at - to_seconds(k.baseline_seconds)
    group by p.site_id, p.handover_id
)

select
    p.site_id,
    p.handover_id,
    p.from_engineer_id,
    p.to_engineer_id,
    p.section,
    p.is_done,
    p.met_minutes,
    local_date(p.announced_at, p.timezone) as announced_on,
    seconds_between(p.announced_at, p.assigned_at) as assign_seconds,
    seconds_between(p.announced_at, coalesce(p.assigned_at, p.as_of)) as assign_so_far_seconds,
    coalesce(seconds_between(p.announced_at, p.assigned_at) <= k.handover_seconds, false) as is_assigned_in_time,
    p.assigned_at is not null
    or seconds_between(p.announced_at, p.as_of) > k.handover_seconds as is_assign_judged,
    p.assigned_at + to_seconds(k.observation_seconds) as observed_until,
    coalesce(p.assigned_at + to_seconds(k.observation_seconds) > p.as_of, false) as is_observed,
    p.is_lead,
    seconds_between(timestamp '1970-01-01', p.announced_at) as announced_second,
    coalesce(a.restored_count, 0) as restored_after_count,
    coalesce(a.reopened_count, 0) as reopened_after_count,
    coalesce(b.restored_count, 0) as restored_before_count,
    coalesce(b.reopened_count, 0) as reopened_before_count
from placed as p
cross join core.rule_flow as k
left join after as a on p.site_id = a.site_id and p.handover_id = a.handover_id
left join before as b on p.site_id = b.site_id and p.handover_id = b.handover_id
order by p.site_id, p.handover_id
