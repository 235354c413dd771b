-- description: 每个时间列一个事件。One event per column of time.
-- since: {table: T_RepairOrder, column: LastUpdate}
with times as (
    select o.OrderNo, o.LastUpdate, 1 as seq, 'reported' as type, o.ReportTime as happened_at
    from source.T_RepairOrder as o
    union all
    select o.OrderNo, o.LastUpdate, 2 as seq, 'dispatched' as type, o.SendTime as happened_at
    from source.T_RepairOrder as o
    union all
    select o.OrderNo, o.LastUpdate, 3 as seq, 'arrived' as type, o.ArriveTime as happened_at
    from source.T_RepairOrder as o
    union all
    select o.OrderNo, o.LastUpdate, 4 as seq, 'restored' as type, o.FinishTime as happened_at
    from source.T_RepairOrder as o
    where o.Status <> 9
    union all
    select o.OrderNo, o.LastUpdate, 5 as seq, 'cancelled' as type, o.FinishTime as happened_at
    from source.T_RepairOrder as o
    where o.Status = 9
)

select
    t.OrderNo || '-' || t.seq as event_id,
    t.OrderNo as ticket_id,
    t.seq,
    t.happened_at as "at",
    t.type,
    t.LastUpdate as recorded_at
from times as t
where t.happened_at is not null
