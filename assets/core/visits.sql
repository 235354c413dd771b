-- description: One row per journey to a customer up to as-of.
-- grain: [site_id, visit_id]
-- columns:
--   site_id: site
--   visit_id: journey
--   engineer_id: who travelled
--   departed_on: local day of departure
--   has_daily_report: a daily report was written
--   cost_cny: what it cost
select
    v.site_id,
    v.visit_id,
    v.engineer_id,
    local_date(v.departed_at, s.timezone) as departed_on,
    v.daily_report_at is not null as has_daily_report,
    v.cost_cny
from raw.visits as v
inner join core.sites as s on v.site_id = s.site_id
cross join core.run_context as c
where not v._is_deleted and v.departed_at <= c.as_of
order by v.site_id, v.visit_id
