-- description: "What state each device was in when, by the state log; by the register (台账口径) where a device has none."
-- grain: [site_id, asset_id, from_at]
-- by: [site_id, asset_id]
-- restless:
--   core.assets: accepted_on >= cast(as_of as date) or retired_on >= cast(as_of as date)
-- columns:
--   site_id: site
--   asset_id: device
--   state: in_stock, in_service, loaner, stopped, lent_out or retired
--   department_id: department that had it
--   from_at: start (UTC)
--   to_at: end, exclusive (UTC); NULL while it lasts
--   basis: state or ledger
with stated as (
    select
        s.site_id,
        s.asset_id,
        s.state,
        s.department_id,
        s.valid_from as from_at,
        nullif(
            least(
                coalesce(s.valid_to, timestamp '9999-01-01'),
                coalesce(
                    lead(s.valid_from) over (partition by s.site_id, s.asset_id order by s.valid_from),
                    timestamp '9999-01-01'
                )
            ),
            timestamp '9999-01-01'
        ) as to_at
    from raw.asset_states as s
    cross join core.run_context as c
    where not s._is_deleted and s.valid_from <= c.as_of
),

has_states as (
    select distinct site_id, asset_id from stated
),

served as (
    select
        s.site_id, s.asset_id, s.state, coalesce(s.department_id, a.department_id) as department_id,
        s.from_at, s.to_at, 'state' as basis
    from stated as s
    inner join core.assets as a on s.site_id = a.site_id and s.asset_id = a.asset_id
    union all
    select
        a.site_id, a.asset_id, 'in_service', a.department_id, utc_of(a.accepted_on, z.timezone),
        utc_of(a.retired_on, z.timezone), 'ledger'
    from core.assets as a
    inner join core.sites as z on a.site_id = z.site_id
    left join has_states as h on a.site_id = h.site_id and a.asset_id = h.asset_id
    where h.asset_id is null and a.accepted_on is not null
    union all
    select a.site_id, a.asset_id, 'retired', a.department_id, utc_of(a.retired_on, z.timezone), null, 'ledger'
    from core.assets as a
    inner join core.sites as z on a.site_id = z.site_id
    left join has_states as h on a.site_id = h.site_id and a.asset_id = h.asset_id
    where h.asset_id is null and a.retired_on is not null
)

select
    v.site_id, v.asset_id, v.state, v.department_id, v.from_at,
    case when v.to_at <= c.as_of then v.to_at end as to_at, v.basis
from served as v
cross join core.run_context as c
where v.from_at < coalesce(v.to_at, timestamp '9999-01-01') and v.from_at <= c.as_of
order by v.site_id, v.asset_id, v.from_at
