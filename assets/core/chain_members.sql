-- description: "Which failure belongs to which chain of two links or more, of any kind."
-- grain: [site_id, chain_kind, chain_id, episode_id]
-- columns:
--   site_id: site
--   chain_kind: asset, location or lot
--   chain_id: chain
--   episode_id: failure
--   link_number: place in the chain, from 1
--   gap_seconds: seconds in service since the restoration before; NULL for the first, and in a lot
select l.site_id, 'asset' as chain_kind, l.chain_id, l.episode_id, l.link_number, l.gap_seconds
from core.recurrence_links as l
inner join core.recurrence_chains as h
    on l.site_id = h.site_id and l.asset_id = h.asset_id and l.chain_id = h.chain_id
union all
select l.site_id, 'location', h.chain_id, l.episode_id, l.link_number, l.gap_seconds
from core.place_links as l
inner join core.shared_chains as h
    on l.site_id = h.site_id and h.chain_kind = 'location' and h.chain_id = l.place_id || '/' || l.chain_id
union all
select
    l.site_id,
    'lot',
    h.chain_id,
    l.episode_id,
    row_number() over (partition by l.site_id, h.chain_id order by l.started_at, l.episode_id),
    null
from core.lot_links as l
inner join core.shared_chains as h
    on
        l.site_id = h.site_id
        and h.chain_kind = 'lot'
        and l.part_id = h.part_id
        and l.lot_no = h.lot_no
        and l.fault_family_code = h.fault_family_code
order by 1, 2, 3, 4
