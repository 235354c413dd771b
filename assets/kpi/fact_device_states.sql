-- description: States of devices over time with their dimensions.
-- grain: [site_id, asset_id, from_second]
-- columns:
--   site_id: site
--   asset_id: device
--   asset_state: in_stock, in_service, loaner, stopped, lent_out or retired
--   department_id: department that had it
--   zone: zone of the department
--   asset_class: class of device
--   brand: maker
--   model: model
--   ownership: ownership
--   from_second: start, seconds since 1970-01-01 UTC
--   to_second: end, exclusive; NULL while it lasts
--   is_pool: was a loaner once, so part of the pool
--   is_ledger: from the register, for want of a state log
with pool as (
    select s.site_id, s.asset_id
    from core.asset_state_spans as s
    where s.state = 'loaner'
    group by s.site_id, s.asset_id
)

select
    x.site_id,
    x.asset_id,
    x.state as asset_state,
    x.department_id,
    d.zone,
    a.asset_class,
    a.brand,
    a.model,
    a.ownership,
    seconds_between(timestamp '1970-01-01 00:00:00', x.from_at) as from_second,
    seconds_between(timestamp '1970-01-01 00:00:00', x.to_at) as to_second,
    p.asset_id is not null as is_pool,
    x.basis = 'ledger' as is_ledger
from core.asset_state_spans as x
inner join core.assets as a on x.site_id = a.site_id and x.asset_id = a.asset_id
left join core.departments as d on x.site_id = d.site_id and x.department_id = d.department_id
left join pool as p on x.site_id = p.site_id and x.asset_id = p.asset_id
order by x.site_id, x.asset_id, x.from_at
