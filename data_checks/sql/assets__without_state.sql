-- table: assets
-- severity: warning
-- aspect: complete
-- zh: 设备没有任何状态记录,不计入在用时间
-- en: an asset has no state at all and counts as never in service
select
    asset.site_id,
    asset.asset_id
from raw.assets as asset
where
    not asset._is_deleted
    and exists (
        select 1
        from raw.asset_states as state
        where not state._is_deleted
    )
    and not exists (
        select 1
        from raw.asset_states as state
        where
            state.site_id = asset.site_id
            and state.asset_id = asset.asset_id
            and not state._is_deleted
    )
