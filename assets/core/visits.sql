-- description: One row per journey to a customer up to as-of.
-- grain: [site_id, visit_id]
-- by: [site_id, customer_id]
-- columns:
--   site_id: site
--   visit_id: journey
--   engineer_id: who travelled
--   customer_id: customer
--   purpose: what for
--   departed_on: local day of departure
--   is_repeat: another journey to the same customer for the same purpose left within the days before that the rules give
--   has_daily_report: a daily report was written
--   cost_cny: what it cost
with dated as (
    select v.*, local_date(v.departed_at, s.timezone) as departed_on
    from raw.visits as v
    inner join core.sites as s on v.site_id = s.site_id
    cross join core.run_context as c
    where not v._is_deleted and v.departed_at <= c.as_of
),

followed as (
    select
        d.*,
        lag(d.departed_on) over (
            partition by d.site_id, d.customer_id, d.purpose order by d.departed_at, d.visit_id
        ) as before_on
    from dated as d
)

select
    f.site_id,
    f.visit_id,
    f.engineer_id,
    f.customer_id,
    f.purpose,
    f.departed_on,
    coalesce(f.customer_id is not null and f.departed_on - f.before_on <= x.repeat_visit_days, false) as is_repeat,
    f.daily_report_at is not null as has_daily_report,
    f.cost_cny
from followed as f
cross join core.rule_cost_terms as x
order by f.site_id, f.visit_id
