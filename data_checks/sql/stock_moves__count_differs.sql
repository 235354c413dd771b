-- table: stock_moves
-- severity: warning
-- aspect: consistent
-- zh: 盘点数与账面库存不符,且没有调整
-- en: a count differs from the books and no adjustment accounts for it
with moved as (
    select
        move.site_id,
        move.part_id,
        move.store_id,
        move.move_id,
        move.kind,
        move.quantity,
        sum(
            case
                when move.kind in ('in', 'return', 'transfer_in', 'adjust') then move.quantity
                when move.kind in ('out', 'transfer_out') then -move.quantity
                else 0
            end
        ) over (
            partition by move.site_id, move.part_id, move.store_id
            order by move.at, move.kind in ('out', 'transfer_out', 'count'), move.move_id
            rows between unbounded preceding and current row
        ) as balance
    from raw.stock_moves as move
    where not move._is_deleted
)

select
    site_id,
    move_id
from moved
where kind = 'count' and quantity <> balance
