-- description: "What falls due: maintenance, calibration, warranties, contracts, loans."
-- grain: [site_id, due_kind, item_id, due_on]
-- columns:
--   site_id: site
--   due_kind: maintenance, calibration, warranty, contract or loan
--   item_id: plan, device, contract or loan
--   due_on: day
--   asset_id: device
--   asset_tag: number on the label
--   asset_name: display name of the device
--   asset_class: class of device
--   department_id: department of the device, or borrower
--   zone: zone of the department
--   since_second: known from that local midnight on, seconds since 1970-01-01 UTC
--   done_second: local midnight of the day on which it was done or came back, NULL while it is not
select
    x.site_id,
    x.due_kind,
    x.item_id,
    x.due_on,
    x.asset_id,
    a.tag as asset_tag,
    a.name as asset_name,
    a.asset_class,
    x.department_id,
    d.zone,
    x.since_second,
    x.done_second
from core.due_items as x
left join core.assets as a on x.site_id = a.site_id and x.asset_id = a.asset_id
left join core.departments as d on x.site_id = d.site_id and x.department_id = d.department_id
order by x.site_id, x.due_kind, x.item_id, x.due_on
