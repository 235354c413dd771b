-- description: Sites, with the first local day that data cover.
-- grain: [site_id]
-- live: true
-- columns:
--   site_id: site
--   name: display name
--   data_from_on: first local day of data
select s.site_id, s.name, s.data_from_on
from core.sites as s
order by s.site_id
