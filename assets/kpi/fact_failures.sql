-- description: Failure episodes that exposure covers, with the dimensions of the asset when they began.
-- grain: [site_id, episode_id]
-- by: [site_id, episode_id]
-- columns:
--   site_id: site
--   episode_id: the ticket that came first
--   department_id: department of that ticket
--   zone: zone of the department
--   asset_id: asset, NULL while unbound
--   asset_class: class of device
--   brand: maker
--   model: model
--   age_cohort: age since acceptance
--   ownership: ownership
--   fault_family: fault family that holds of the first ticket
--   fault_group: group of the family
--   started_on: local day
--   ticket_count: tickets in the episode
--   is_inherent_failure: 固有故障
--   is_service_affecting: took the device down or degraded it
--   is_provisional: outcome not decided
--   is_asset_bound: bound to an asset in the register
select
    f.site_id,
    f.episode_id,
    t.department_id,
    d.zone,
    f.asset_id,
    a.asset_class,
    a.brand,
    a.model,
    h.age_cohort,
    a.ownership,
    t.fault_family_code as fault_family,
    t.fault_group,
    t.reported_on as started_on,
    f.ticket_count,
    f.is_inherent_failure,
    f.is_service_affecting,
    f.is_provisional,
    f.asset_id is not null as is_asset_bound
from core.failure_episodes as f
inner join core.tickets as t on f.site_id = t.site_id and f.episode_id = t.ticket_id
left join core.departments as d on t.site_id = d.site_id and t.department_id = d.department_id
left join core.assets as a on f.site_id = a.site_id and f.asset_id = a.asset_id
left join core.rule_age_cohorts as h
    on
        days_between(a.accepted_on, t.reported_on) >= h.from_days
        and days_between(a.accepted_on, t.reported_on) < h.to_days
where f.is_in_service
order by f.site_id, f.episode_id
