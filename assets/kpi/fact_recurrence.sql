-- description: "Index repairs: every restored failure of a device and fault family, and when it came back. What chance alone gives is in recurrence_chances."
-- grain: [site_id, episode_id]
-- by: [site_id, asset_id]
-- columns:
--   site_id: site
--   episode_id: the ticket that came first
--   asset_id: asset
--   department_id: department of the ticket restored last
--   zone: zone of the department
--   asset_class: class of device
--   brand: maker
--   model: model
--   ownership: ownership of the asset
--   fault_family: fault family
--   fault_group: group of the family
--   engineer_id: who held the ticket restored last
--   engineer_group: that engineer's team
--   ticket_no: its number
--   reported_on: local day of its report
--   restored_on: local day of the restoration
--   chain_id: chain
--   link_number: place in it, from 1
--   is_repeat: it came within the medium window after the one before
--   gap_seconds: seconds in service since the restoration before, NULL for the first
--   next_gap_seconds: seconds in service to the next failure of the family, NULL without one
--   watched_seconds: seconds in service seen after the restoration, at most the longest window
--   is_retired: the device is retired, so that no more will be seen
--   is_mature_short: the short window is over, or a competing end came first
--   is_mature_medium: the same of the medium window
--   is_mature_long: the same of the long window
--   is_recurred_short: back within the short window
--   is_recurred_medium: back within the medium window
--   is_recurred_long: back within the long window
select
    l.site_id,
    l.episode_id,
    l.asset_id,
    t.department_id,
    d.zone,
    a.asset_class,
    a.brand,
    a.model,
    a.ownership,
    l.fault_family_code as fault_family,
    t.fault_group,
    t.engineer_id,
    t.engineer_group,
    t.ticket_no,
    t.reported_on,
    local_date(e.restored_at, s.timezone) as restored_on,
    l.chain_id,
    l.link_number,
    l.is_repeat,
    l.gap_seconds,
    l.next_gap_seconds,
    l.watched_seconds,
    l.retired_at is not null as is_retired,
    l.watched_seconds >= r.short_seconds or l.retired_at is not null as is_mature_short,
    l.watched_seconds >= r.medium_seconds or l.retired_at is not null as is_mature_medium,
    l.watched_seconds >= r.long_seconds or l.retired_at is not null as is_mature_long,
    coalesce(l.next_gap_seconds <= r.short_seconds, false) as is_recurred_short,
    coalesce(l.next_gap_seconds <= r.medium_seconds, false) as is_recurred_medium,
    coalesce(l.next_gap_seconds <= r.long_seconds, false) as is_recurred_long
from core.recurrence_links as l
cross join core.rule_recurrence as r
inner join core.fault_episodes as e
    on l.site_id = e.site_id and l.asset_id = e.asset_id and l.episode_id = e.episode_id
inner join core.assets as a on l.site_id = a.site_id and l.asset_id = a.asset_id
inner join core.sites as s on l.site_id = s.site_id
inner join kpi.fact_tickets as t
    on e.site_id = t.site_id and e.asset_id = t.asset_id and e.last_ticket_id = t.ticket_id
left join core.departments as d on t.site_id = d.site_id and t.department_id = d.department_id
where e.restored_at is not null
order by l.site_id, l.episode_id
