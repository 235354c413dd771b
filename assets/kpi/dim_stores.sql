-- description: Stores of spare parts.
-- grain: [site_id, store_id]
-- columns:
--   site_id: site
--   store_id: store
--   name: display name
select s.site_id, s.store_id, coalesce(s.name, s.store_id) as name
from raw.stores as s
where not s._is_deleted
order by s.site_id, s.store_id
