-- Every move of a part in a store with the books' balance after it; the rules on stock read this view.
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
