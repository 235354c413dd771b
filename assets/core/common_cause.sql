-- description: Repair tickets that one cause brought, clustered by zone and fault family in a short window. Provisional until a person confirms.
-- grain: [site_id, ticket_id]
-- live: true
-- columns:
--   site_id: site
--   ticket_id: ticket
--   common_cause_id: the ticket that came first stands for the cluster
--   is_primary: the ticket that stands for the cluster
--   cluster_size: tickets in the cluster
--   started_at: first report (UTC)
with located as (
    select
        t.site_id,
        t.ticket_id,
        t.reported_at,
        coalesce(q.decided_code, t.fault_family_code) as fault_family_code,
        coalesce(d.zone, t.department_id) as place
    from raw.tickets as t
    left join core.fault_decisions as q on t.site_id = q.site_id and t.ticket_id = q.ticket_id
    left join core.departments as d on t.site_id = d.site_id and t.department_id = d.department_id
    cross join core.run_context as c
    where
        not t._is_deleted
        and t.work_class = 'repair'
        and coalesce(q.decided_code, t.fault_family_code) is not null
        and coalesce(d.zone, t.department_id) is not null
        and t.reported_at <= c.as_of
),

flagged as (
    select
        l.*,
        case
            when seconds_between(
                lag(l.reported_at) over (
                    partition by l.site_id, l.place, l.fault_family_code
                    order by l.reported_at, l.ticket_id
                ),
                l.reported_at
            ) <= h.common_cause_window_seconds then 0
            else 1
        end as starts_island
    from located as l
    cross join core.rule_thresholds as h
),

islands as (
    select
        f.*,
        sum(f.starts_island) over (
            partition by f.site_id, f.place, f.fault_family_code
            order by f.reported_at, f.ticket_id
            rows between unbounded preceding and current row
        ) as island
    from flagged as f
),

anchored as (
    select
        i.*,
        -- the window is counted from the first report: a long drizzle of tickets is no single event
        seconds_between(
            min(i.reported_at) over (partition by i.site_id, i.place, i.fault_family_code, i.island),
            i.reported_at
        ) // h.common_cause_window_seconds as window_number
    from islands as i
    cross join core.rule_thresholds as h
),

sized as (
    select
        i.*,
        count(*) over cluster as cluster_size,
        first_value(i.ticket_id) over (cluster order by i.reported_at, i.ticket_id) as common_cause_id,
        min(i.reported_at) over cluster as started_at
    from anchored as i
    window cluster as (partition by i.site_id, i.place, i.fault_family_code, i.island, i.window_number)
)

select
    s.site_id,
    s.ticket_id,
    s.common_cause_id,
    s.ticket_id = s.common_cause_id as is_primary,
    s.cluster_size,
    s.started_at
from sized as s
cross join core.rule_thresholds as h
where s.cluster_size >= h.common_cause_min_tickets
order by s.site_id, s.ticket_id
