-- description: 一张报修单一行。One row per order.
-- since: {table: T_RepairOrder, column: LastUpdate}
select
    o.OrderNo as ticket_id,
    o.Fault as title,
    'repair' as work_class,
    o.Dept as department_id,
    o.DeviceCode as asset_id,
    o.ReportTime as reported_at,
    case when o.Status = 9 then 'cancelled' end as outcome_code,
    o.LastUpdate as updated_at
from source.T_RepairOrder as o
