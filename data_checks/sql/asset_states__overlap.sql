-- table: asset_states
-- severity: warning
-- aspect: consistent
-- tolerance: 0.1
-- zh: 同一设备的两段状态在时间上重叠
-- en: two states of one asset overlap in time
with ordered as (
    select
        site_id,
        asset_id,
        valid_from,
        lag(coalesce(valid_to, timestamp '9999-12-31')) over (
            partition by site_id, asset_id order by valid_from
        ) as previous_to
    from raw.asset_states
    where not _is_deleted
)

select
    site_id,
    asset_id,
    valid_from
from ordered
where valid_from < previous_to
