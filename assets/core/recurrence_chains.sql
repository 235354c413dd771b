-- description: "Recurrence chains: failures of one device and fault family, each within the medium window in service after the restoration before."
-- grain: [site_id, chain_id]
-- by: [site_id, asset_id]
-- columns:
--   site_id: site
--   chain_id: the failure with which it began
--   asset_id: asset
--   fault_family_code: fault family
--   link_count: failures in it, at least 2
--   started_at: first report (UTC)
--   last_reported_at: report of the last failure (UTC)
--   last_restored_at: its restoration, NULL while open (UTC)
--   span_seconds: first to last report, in service (s)
--   median_gap_seconds: median of the gaps, in service (s)
--   last_gap_seconds: the last gap, in service (s)
--   laplace_u: Laplace's U of the failures between first and last; positive when they crowd towards the end, NULL below four failures
--   ticket_count: tickets
--   engineer_count: people who held its tickets
--   department_count: departments that reported it
--   repeated_part_id: the part used for most of its failures, if for two or more
--   repeated_part_count: failures that took it
--   outage_seconds: report to restoration of those that were service affecting (s)
--   cost_cny: full cost of service (CNY)
--   last_episode_id: last failure
--   last_ticket_id: ticket restored last
--   last_outcome_code: what was done last
--   last_cause_code: coded cause of the last
--   silent_seconds: seconds in service since the last restoration, at most the longest window; NULL while open (s)
--   state: open, silent (closed by silence) or replaced (the device is retired)
with members as (
    select
        l.site_id,
        l.chain_id,
        l.link_number,
        l.gap_seconds,
        l.watched_seconds,
        l.retired_at,
        e.asset_id,
        e.fault_family_code,
        e.episode_id,
        e.started_at,
        e.restored_at,
        e.started_second,
        e.ticket_count,
        e.last_ticket_id,
        e.last_outcome_code,
        e.last_cause_code,
        e.outage_seconds,
        e.cost_cny
    from core.recurrence_links as l
    inner join core.fault_episodes as e
        on l.site_id = e.site_id and l.asset_id = e.asset_id and l.episode_id = e.episode_id
),

long_chains as (
    select l.site_id, l.asset_id, l.chain_id
    from core.recurrence_links as l
    where l.link_number = 2
),

-- people and parts are asked of the few chains alone, not of every failure
tickets as (
    select l.site_id, l.asset_id, l.chain_id, l.episode_id, f.ticket_id, f.department_id
    from long_chains as c
    inner join core.recurrence_links as l
        on c.site_id = l.site_id and c.asset_id = l.asset_id and c.chain_id = l.chain_id
    inner join core.fault_tickets as f
        on l.site_id = f.site_id and l.asset_id = f.asset_id and l.episode_id = f.episode_id
),

reported as (
    select t.site_id, t.asset_id, t.chain_id, count(distinct t.department_id) as department_count
    from tickets as t
    group by t.site_id, t.asset_id, t.chain_id
),

held as (
    select t.site_id, t.asset_id, t.chain_id, count(distinct h.engineer_id) as engineer_count
    from tickets as t
    inner join core.holder_spans as h on t.site_id = h.site_id and t.ticket_id = h.ticket_id
    group by t.site_id, t.asset_id, t.chain_id
),

parts as (
    select t.site_id, t.asset_id, t.chain_id, k.part_id, count(distinct t.episode_id) as episodes
    from tickets as t
    inner join core.service_costs as k
        on t.site_id = k.site_id and t.asset_id = k.asset_id and t.ticket_id = k.ticket_id
    where k.part_id is not null
    group by t.site_id, t.asset_id, t.chain_id, k.part_id
    having count(distinct t.episode_id) > 1
),

repeated as (
    select
        site_id,
        asset_id,
        chain_id,
        arg_max(part_id, (episodes, part_id)) as part_id,
        max(episodes) as episodes
    from parts
    group by site_id, asset_id, chain_id
),

chains as (
    select
        m.site_id,
        m.chain_id,
        m.asset_id,
        m.fault_family_code,
        count(*) as link_count,
        min(m.started_at) as started_at,
        max(m.started_at) as last_reported_at,
        min(m.started_second) as first_second,
        max(m.started_second) as last_second,
        sum(m.started_second)::hugeint as second_sum,
        quantile_disc(m.gap_seconds, 0.5) filter (where m.link_number > 1) as median_gap_seconds,
        arg_max(m.gap_seconds, m.link_number) as last_gap_seconds,
        sum(m.ticket_count)::bigint as ticket_count,
        sum(m.outage_seconds)::bigint as outage_seconds,
        sum(m.cost_cny)::decimal(18, 2) as cost_cny,
        arg_max(m.episode_id, m.link_number) as last_episode_id,
        max(m.link_number) as last_link_number
    from members as m
    group by m.site_id, m.chain_id, m.asset_id, m.fault_family_code
    having count(*) > 1
)

select
    h.site_id,
    h.chain_id,
    h.asset_id,
    h.fault_family_code,
    h.link_count,
    h.started_at,
    h.last_reported_at,
    z.restored_at as last_restored_at,
    h.last_second - h.first_second as span_seconds,
    h.median_gap_seconds,
    h.last_gap_seconds,
    -- failure truncated: the n - 2 failures between the first and the last, over the time between them
    case
        when h.link_count > 3 and h.last_second > h.first_second
            then round(
                (
                    (h.second_sum - h.first_second - h.last_second - (h.link_count - 2) * h.first_second)
                    / (h.link_count - 2)
                    / (h.last_second - h.first_second)
                    - 0.5
                ) * sqrt(12 * (h.link_count - 2)),
                4
            )
    end as laplace_u,
    h.ticket_count,
    coalesce(w.engineer_count, 0) as engineer_count,
    coalesce(d.department_count, 0) as department_count,
    p.part_id as repeated_part_id,
    coalesce(p.episodes, 0) as repeated_part_count,
    h.outage_seconds,
    h.cost_cny,
    h.last_episode_id,
    z.last_ticket_id,
    z.last_outcome_code,
    z.last_cause_code,
    z.watched_seconds as silent_seconds,
    case
        when z.restored_at is null then 'open'
        when z.watched_seconds >= r.silent_seconds then 'silent'
        when z.retired_at is not null then 'replaced'
        else 'open'
    end as state
from chains as h
cross join core.rule_recurrence as r
inner join members as z
    on
        h.site_id = z.site_id
        and h.asset_id = z.asset_id
        and h.chain_id = z.chain_id
        and h.last_link_number = z.link_number
left join reported as d on h.site_id = d.site_id and h.asset_id = d.asset_id and h.chain_id = d.chain_id
left join held as w on h.site_id = w.site_id and h.asset_id = w.asset_id and h.chain_id = w.chain_id
left join repeated as p on h.site_id = p.site_id and h.asset_id = p.asset_id and h.chain_id = p.chain_id
order by h.site_id, h.chain_id
