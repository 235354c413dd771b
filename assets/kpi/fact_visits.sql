-- description: Journeys to customers with the traveller's team.
-- grain: [site_id, visit_id]
-- columns:
--   site_id: site
--   visit_id: journey
--   engineer_id: who travelled
--   engineer_group: that engineer's team
--   departed_on: local day of departure
--   has_daily_report: a daily report was written
--   cost_cny: what it cost
select
    v.site_id,
    v.visit_id,
    v.engineer_id,
    e.team as engineer_group,
    v.departed_on,
    v.has_daily_report,
    v.cost_cny
from core.visits as v
left join core.engineers as e on v.site_id = e.site_id and v.engineer_id = e.engineer_id
order by v.site_id, v.visit_id
