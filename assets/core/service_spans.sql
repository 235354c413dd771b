-- description: The time that each asset is in service, by department, from the data's start on; a span that still lasts has no end yet.
-- grain: [site_id, asset_id, from_at]
-- by: [site_id, asset_id]
-- columns:
--   site_id: site
--   asset_id: asset
--   department_id: department that used it in this span
--   from_at: start of being in service (UTC)
--   to_at: end, exclusive; the year 9999 while it lasts (UTC)
--   basis: state (from asset states) or ledger (accepted_on to retired_on, 台账口径)
with stated as (
    select
        s.site_id,
        s.asset_id,
        s.state,
        s.department_id,
        s.valid_from as from_at,
        least(
            coalesce(s.valid_to, timestamp '9999-01-01'),
            coalesce(
                lead(s.valid_from) over (partition by s.site_id, s.asset_id order by s.valid_from),
                timestamp '9999-01-01'
            )
        ) as to_at
    from raw.asset_states as s
    where not s._is_deleted
),

has_states as (
    select distinct site_id, asset_id from stated
),

served as (
    select
        a.site_id,
        a.asset_id,
        coalesce(s.department_id, a.department_id) as department_id,
        s.from_at,
        -- a register that retires an asset whose states were never closed still ends its exposure
        case
            when s.to_at = timestamp '9999-01-01'
                then coalesce(utc_of(a.retired_on, sites.timezone), s.to_at)
            else s.to_at
        end as to_at,
        'state' as basis
    from stated as s
    inner join core.assets as a on s.site_id = a.site_id and s.asset_id = a.asset_id
    inner join core.sites as sites on a.site_id = sites.site_id
    where s.state = 'in_service'
    union all
    select
        a.site_id,
        a.asset_id,
        a.department_id,
        utc_of(a.accepted_on, sites.timezone),
        coalesce(utc_of(a.retired_on, sites.timezone), timestamp '9999-01-01'),
        'ledger'
    from core.assets as a
    inner join core.sites as sites on a.site_id = sites.site_id
    left join has_states as h on a.site_id = h.site_id and a.asset_id = h.asset_id
    where h.asset_id is null and a.accepted_on is not null
),

begun as (
    select
        v.site_id,
        v.asset_id,
        v.department_id,
        greatest(v.from_at, sites.data_from_at) as from_at,
        v.to_at,
        v.basis
    from served as v
    inner join core.sites as sites on v.site_id = sites.site_id
)

select site_id, asset_id, department_id, from_at, to_at, basis
from begun
where from_at < to_at
order by site_id, asset_id, from_at
