-- description: "Failures within the window after a device got a part of one lot, by fault family."
-- grain: [site_id, part_id, lot_no, episode_id]
-- columns:
--   site_id: site
--   part_id: part
--   lot_no: lot
--   episode_id: failure
--   asset_id: device
--   fault_family_code: fault family
--   started_at: beginning of the failure (UTC)
--   watched_seconds: seconds in service seen since its restoration, at most the watched ones; NULL while it runs
--   is_fresh: no failure of that device and family in the medium window before
select
    i.site_id,
    i.part_id,
    i.lot_no,
    e.episode_id,
    e.asset_id,
    e.fault_family_code,
    e.started_at,
    l.watched_seconds,
    not l.is_repeat as is_fresh
from core.lot_issues as i
inner join core.fault_episodes as e
    on
        i.site_id = e.site_id
        and i.asset_id = e.asset_id
        -- what was failing when the part was issued is why it was issued
        and e.started_second > i.from_second
        and e.started_second <= i.to_second
        and e.started_at > i.from_at
inner join core.recurrence_links as l
    on e.site_id = l.site_id and e.asset_id = l.asset_id and e.episode_id = l.episode_id
order by i.site_id, i.part_id, i.lot_no, e.episode_id
