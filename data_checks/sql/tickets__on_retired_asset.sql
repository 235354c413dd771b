-- table: tickets
-- severity: warning
-- aspect: consistent
-- zh: 报修时设备已报废
-- en: reported on a device that was retired before
select
    ticket.site_id,
    ticket.ticket_id
from raw.tickets as ticket
inner join raw.assets as asset
    on ticket.site_id = asset.site_id and ticket.asset_id = asset.asset_id
where
    not ticket._is_deleted
    and not asset._is_deleted
    and ticket.reported_at > asset.retired_on + interval 2 day
