-- table: asset_states
-- severity: warning
-- aspect: consistent
-- zh: 设备状态之间有空档,空档不计入在用时间
-- en: an asset's states leave a gap, which counts as not in service
with ordered as (
    select
        site_id,
        asset_id,
        valid_from,
        lag(valid_to) over (
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
where valid_from > previous_to
