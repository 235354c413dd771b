-- description: The time that each asset was in service, by department, up to as-of; the exposure of every rate.
-- grain: [site_id, asset_id, from_at]
-- columns:
--   site_id: site
--   asset_id: asset
--   department_id: department that used it in this interval
--   from_at: start of being in service (UTC)
--   to_at: end, exclusive (UTC)
--   basis: state (from asset states) or ledger (accepted_on to retired_on, 台账口径)
select
    v.site_id,
    v.asset_id,
    v.department_id,
    v.from_at,
    least(v.to_at, c.as_of) as to_at,
    v.basis
from core.service_spans as v
cross join core.run_context as c
where v.from_at < c.as_of
order by v.site_id, v.asset_id, v.from_at
