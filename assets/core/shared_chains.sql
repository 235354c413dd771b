-- description: "Chains over several devices: at one place after the device was swapped, and of one lot of a part."
-- grain: [site_id, chain_kind, chain_id]
-- columns:
--   site_id: site
--   chain_kind: location or lot
--   chain_id: place and first failure; part, lot and fault family
--   department_id: department of the ticket restored last at the place, NULL of a lot
--   part_id: part, NULL at a place
--   lot_no: lot, NULL at a place
--   fault_family_code: fault family
--   link_count: failures in it, at least 2
--   device_count: devices that failed in it
--   started_at: first report (UTC)
--   last_reported_at: report of the last failure (UTC)
--   last_restored_at: its restoration, NULL while open (UTC)
--   ticket_count: tickets
--   engineer_count: people who held its tickets
--   department_count: departments that reported it
--   outage_seconds: report to restoration of those that were service affecting (s)
--   cost_cny: full cost of service (CNY)
--   last_episode_id: last failure
--   last_ticket_id: ticket restored last
--   last_outcome_code: what was done last
--   last_cause_code: coded cause of the last
--   silent_seconds: seconds in service since the last restoration, at most the longest window; NULL while open (s)
--   state: open or silent
with places as (
    -- no join: of tables of the same transaction the engine knows no statistics, and may start a join of three
    -- with the two that share nothing but the site
    select
        l.*,
        min(l.device_number) over chain as first_device,
        max(l.device_number) over chain as last_device
    from core.place_links as l
    window chain as (partition by l.site_id, l.place_id, l.chain_id)
),

lots as (
    select l.*, count(*) over (partition by l.site_id, l.part_id, l.lot_no, l.fault_family_code) as link_count
    from core.lot_links as l
),

members as (
    select
        l.site_id,
        'location' as chain_kind,
        l.place_id || '/' || l.chain_id as chain_id,
        l.episode_id,
        null as part_id,
        null as lot_no,
        l.watched_seconds
    from places as l
    where l.first_device < l.last_device
    union all
    select
        l.site_id,
        'lot',
        l.part_id || '/' || l.lot_no || '/' || l.fault_family_code,
        l.episode_id,
        l.part_id,
        l.lot_no,
        l.watched_seconds
    from lots as l
    where l.link_count > 1
),

chains as (
    select
        m.site_id,
        m.chain_kind,
        m.chain_id,
        any_value(m.part_id) as part_id,
        any_value(m.lot_no) as lot_no,
        any_value(e.fault_family_code) as fault_family_code,
        count(*) as link_count,
        count(distinct e.asset_id) as device_count,
        min(e.started_at) as started_at,
        max(e.started_at) as last_reported_at,
        sum(e.ticket_count)::bigint as ticket_count,
        sum(e.outage_seconds)::bigint as outage_seconds,
        sum(e.cost_cny)::decimal(18, 2) as cost_cny,
        arg_max(m.episode_id, (e.started_at, e.episode_id)) as last_episode_id,
        arg_max_null(m.watched_seconds, (e.started_at, e.episode_id)) as silent_seconds
    from members as m
    inner join core.fault_episodes as e on m.site_id = e.site_id and m.episode_id = e.episode_id
    group by m.site_id, m.chain_kind, m.chain_id
),

tickets as (
    select m.site_id, m.chain_kind, m.chain_id, f.ticket_id, f.department_id
    from members as m
    inner join core.fault_tickets as f on m.site_id = f.site_id and m.episode_id = f.episode_id
),

reported as (
    select t.site_id, t.chain_kind, t.chain_id, count(distinct t.department_id) as department_count
    from tickets as t
    group by t.site_id, t.chain_kind, t.chain_id
),

held as (
    select t.site_id, t.chain_kind, t.chain_id, count(distinct h.engineer_id) as engineer_count
    from tickets as t
    inner join core.holder_spans as h on t.site_id = h.site_id and t.ticket_id = h.ticket_id
    group by t.site_id, t.chain_kind, t.chain_id
)

select
    h.site_id,
    h.chain_kind,
    h.chain_id,
    case when h.chain_kind = 'location' then z.last_department_id end as department_id,
    h.part_id,
    h.lot_no,
    h.fault_family_code,
    h.link_count,
    h.device_count,
    h.started_at,
    h.last_reported_at,
    z.restored_at as last_restored_at,
    h.ticket_count,
    coalesce(w.engineer_count, 0) as engineer_count,
    coalesce(d.department_count, 0) as department_count,
    h.outage_seconds,
    h.cost_cny,
    h.last_episode_id,
    z.last_ticket_id,
    z.last_outcome_code,
    z.last_cause_code,
    h.silent_seconds,
    case when h.silent_seconds >= r.silent_seconds then 'silent' else 'open' end as state
from chains as h
cross join core.rule_recurrence as r
inner join core.fault_episodes as z on h.site_id = z.site_id and h.last_episode_id = z.episode_id
left join reported as d on h.site_id = d.site_id and h.chain_kind = d.chain_kind and h.chain_id = d.chain_id
left join held as w on h.site_id = w.site_id and h.chain_kind = w.chain_kind and h.chain_id = w.chain_id
order by h.site_id, h.chain_kind, h.chain_id
