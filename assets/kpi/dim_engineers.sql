-- description: "Engineers. The name is personal: only roles that may see it get it from the reader."
-- grain: [site_id, engineer_id]
-- live: true
-- columns:
--   site_id: site
--   engineer_id: engineer
--   name: display name
--   team: team
--   left_on: last day, NULL while employed
select e.site_id, e.engineer_id, e.name, e.team, e.left_on
from core.engineers as e
order by e.site_id, e.engineer_id
