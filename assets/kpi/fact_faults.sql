-- description: "Failures as cause analysis sees them: failure mode, mechanism and cause apart, with every cut, hours and money."
-- grain: [site_id, episode_id]
-- by: [site_id, episode_id]
-- columns:
--   site_id: site
--   episode_id: the ticket that came first
--   ticket_no: its number
--   department_id: department of that ticket
--   zone: zone of the department
--   asset_id: asset, NULL while unbound
--   asset_tag: asset number on the label
--   asset_class: class of device
--   brand: maker
--   model: model
--   age_cohort: age since acceptance
--   ownership: ownership
--   fault_family: failure mode, what is seen
--   fault_group: group of the family
--   mechanism: what happened to the thing, by the coded cause
--   cause_code: cause coded last on its tickets
--   cause_category: its category of 人机料法环测
--   engineer_id: last holder of the first ticket
--   engineer_group: that engineer's team
--   shift: shift of the report
--   season: season of the report
--   lot_no: lot issued last for the device before
--   started_on: local day of the report
--   started_second: report, seconds since 1970-01-01 UTC
--   restore_seconds: report to the last restoration (s), NULL while open
--   cost_cny: cost lines of its tickets
--   is_inherent_failure: 固有故障
--   is_provisional: outcome not decided
--   is_exposed: the device was in service, so exposure covers the failure
select
    f.site_id,
    f.episode_id,
    t.ticket_no,
    t.department_id,
    t.zone,
    f.asset_id,
    t.asset_tag,
    t.asset_class,
    t.brand,
    t.model,
    h.age_cohort,
    t.ownership,
    t.fault_family,
    t.fault_group,
    c.mechanism,
    x.cause_code,
    c.cause_category,
    t.engineer_id,
    t.engineer_group,
    x.shift,
    x.season,
    x.lot_no,
    x.started_on,
    seconds_between(timestamp '1970-01-01', f.started_at) as started_second,
    x.restore_seconds,
    x.cost_cny,
    f.is_inherent_failure,
    f.is_provisional,
    f.is_in_service and f.asset_id is not null as is_exposed
from core.failure_episodes as f
inner join core.faults as x on f.site_id = x.site_id and f.episode_id = x.episode_id
inner join kpi.fact_tickets as t on f.site_id = t.site_id and f.episode_id = t.ticket_id
left join core.assets as a on f.site_id = a.site_id and f.asset_id = a.asset_id
left join core.rule_causes as c on x.cause_code = c.cause_code
left join core.rule_age_cohorts as h
    on
        days_between(a.accepted_on, x.started_on) >= h.from_days
        and days_between(a.accepted_on, x.started_on) < h.to_days
order by f.site_id, f.episode_id
