-- description: "The failures of each chain in their order: who, what was done, what it cost."
-- grain: [site_id, chain_kind, chain_id, episode_id]
-- by: [site_id, episode_id]
-- columns:
--   site_id: site
--   chain_kind: asset, location or lot
--   chain_id: chain
--   episode_id: "failure: its first ticket"
--   link_number: place in the chain, from 1
--   ticket_id: ticket restored last
--   ticket_no: number people use
--   department_id: reporting department
--   asset_id: device
--   asset_tag: asset number on the label
--   fault_family: fault family
--   engineer_id: current or last holder
--   reported_at: first report (UTC)
--   reported_on: local day of the ticket's report
--   restored_at: last restoration, NULL while open (UTC)
--   gap_seconds: seconds in service since the restoration before; NULL for the first, and in a lot
--   outcome_code: what was done
--   cause_code: coded cause
--   outage_seconds: report to restoration if it was service affecting (s)
--   cost_cny: full cost of service (CNY)
select
    m.site_id,
    m.chain_kind,
    m.chain_id,
    m.episode_id,
    m.link_number,
    t.ticket_id,
    t.ticket_no,
    t.department_id,
    e.asset_id,
    t.asset_tag,
    e.fault_family_code as fault_family,
    t.engineer_id,
    e.started_at as reported_at,
    t.reported_on,
    e.restored_at,
    m.gap_seconds,
    e.last_outcome_code as outcome_code,
    e.last_cause_code as cause_code,
    e.outage_seconds,
    e.cost_cny
from core.chain_members as m
inner join core.fault_episodes as e on m.site_id = e.site_id and m.episode_id = e.episode_id
inner join kpi.fact_tickets as t on e.site_id = t.site_id and e.last_ticket_id = t.ticket_id
order by m.site_id, m.chain_kind, m.chain_id, m.episode_id
