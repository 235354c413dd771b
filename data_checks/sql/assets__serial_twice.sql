-- table: assets
-- severity: warning
-- aspect: unique
-- zh: 同一型号有两台设备的序列号相同
-- en: two devices of one model bear the same serial number
select
    asset.site_id,
    asset.model,
    asset.serial_no
from raw.assets as asset
where
    not asset._is_deleted
    and asset.serial_no is not null
    and asset.model is not null
group by asset.site_id, asset.model, asset.serial_no
having count(*) > 1
