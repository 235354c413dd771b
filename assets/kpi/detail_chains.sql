-- description: "Chains of repeated failures: of one device, at one place after a swap, of one lot of a part. A description; what beats chance is in detail_problems."
-- grain: [site_id, chain_kind, chain_id]
-- by: [site_id, chain_id]
-- columns:
--   site_id: site
--   chain_kind: asset, location or lot
--   chain_id: chain
--   asset_id: device, NULL where several
--   asset_tag: asset number on the label
--   asset_name: display name of the device
--   asset_class: class of device
--   brand: maker
--   model: model
--   department_id: department of the last report
--   zone: zone of the department
--   part_id: part of a lot
--   lot_no: lot
--   fault_family: fault family
--   fault_group: group of the family
--   link_count: failures in it, at least 2
--   device_count: devices that failed in it
--   started_at: first report (UTC)
--   started_on: local day of it
--   last_reported_at: report of the last failure (UTC)
--   last_reported_on: local day of it
--   last_restored_at: its restoration, NULL while open (UTC)
--   span_seconds: first to last report, in service (s); NULL where several devices
--   median_gap_seconds: median of the gaps, in service (s)
--   last_gap_seconds: the last gap, in service (s)
--   laplace_u: positive when the failures crowd towards the end; NULL below four failures
--   gap_trend: shrinking, growing or steady by Laplace's test at 5 %; NULL below four failures
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
with chains as (
    select
        h.site_id,
        'asset' as chain_kind,
        h.chain_id,
        h.asset_id,
        null as part_id,
        null as lot_no,
        h.fault_family_code,
        h.link_count,
        1 as device_count,
        h.started_at,
        h.last_reported_at,
        h.last_restored_at,
        h.span_seconds,
        h.median_gap_seconds,
        h.last_gap_seconds,
        h.laplace_u,
        h.ticket_count,
        h.engineer_count,
        h.department_count,
        h.repeated_part_id,
        h.repeated_part_count,
        h.outage_seconds,
        h.cost_cny,
        h.last_episode_id,
        h.last_ticket_id,
        h.last_outcome_code,
        h.last_cause_code,
        h.silent_seconds,
        h.state
    from core.recurrence_chains as h
    union all
    select
        h.site_id,
        h.chain_kind,
        h.chain_id,
        null as asset_id,
        h.part_id,
        h.lot_no,
        h.fault_family_code,
        h.link_count,
        h.device_count,
        h.started_at,
        h.last_reported_at,
        h.last_restored_at,
        null as span_seconds,
        null as median_gap_seconds,
        null as last_gap_seconds,
        null as laplace_u,
        h.ticket_count,
        h.engineer_count,
        h.department_count,
        null as repeated_part_id,
        0 as repeated_part_count,
        h.outage_seconds,
        h.cost_cny,
        h.last_episode_id,
        h.last_ticket_id,
        h.last_outcome_code,
        h.last_cause_code,
        h.silent_seconds,
        h.state
    from core.shared_chains as h
)

select
    h.site_id,
    h.chain_kind,
    h.chain_id,
    h.asset_id,
    a.tag as asset_tag,
    a.name as asset_name,
    a.asset_class,
    a.brand,
    a.model,
    t.department_id,
    d.zone,
    h.part_id,
    h.lot_no,
    h.fault_family_code as fault_family,
    t.fault_group,
    h.link_count,
    h.device_count,
    h.started_at,
    local_date(h.started_at, s.timezone) as started_on,
    h.last_reported_at,
    local_date(h.last_reported_at, s.timezone) as last_reported_on,
    h.last_restored_at,
    h.span_seconds,
    h.median_gap_seconds,
    h.last_gap_seconds,
    h.laplace_u,
    case
        when h.laplace_u > 1.96 then 'shrinking'
        when h.laplace_u < -1.96 then 'growing'
        when h.laplace_u is not null then 'steady'
    end as gap_trend,
    h.ticket_count,
    h.engineer_count,
    h.department_count,
    h.repeated_part_id,
    h.repeated_part_count,
    h.outage_seconds,
    h.cost_cny,
    h.last_episode_id,
    h.last_ticket_id,
    h.last_outcome_code,
    h.last_cause_code,
    h.silent_seconds,
    h.state
from chains as h
inner join core.sites as s on h.site_id = s.site_id
inner join core.tickets as t on h.site_id = t.site_id and h.last_ticket_id = t.ticket_id
left join core.departments as d on t.site_id = d.site_id and t.department_id = d.department_id
left join core.assets as a on h.site_id = a.site_id and h.asset_id = a.asset_id
order by h.site_id, h.chain_kind, h.chain_id
