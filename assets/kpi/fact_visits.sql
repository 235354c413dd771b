-- description: Journeys to customers with the traveller's team.
-- grain: [site_id, visit_id]
-- by: [site_id, visit_id]
-- columns:
--   site_id: site
--   visit_id: journey
--   engineer_id: who travelled
--   engineer_group: that engineer's team
--   customer_id: customer
--   customer_level: level of the customer
--   purpose: what for
--   departed_on: local day of departure
--   is_repeat: the second to the same customer for the same purpose within the days the rules give
--   has_daily_report: a daily report was written
--   cost_cny: what it cost
select
    v.site_id,
    v.visit_id,
    v.engineer_id,
    e.team as engineer_group,
    v.customer_id,
    c.level as customer_level,
    v.purpose,
    v.departed_on,
    v.is_repeat,
    v.has_daily_report,
    v.cost_cny
from core.visits as v
left join core.engineers as e on v.site_id = e.site_id and v.engineer_id = e.engineer_id
left join kpi.dim_customers as c on v.site_id = c.site_id and v.customer_id = c.customer_id
order by v.site_id, v.visit_id
