-- table: stock_moves
-- severity: warning
-- aspect: consistent
-- tolerance: 0.1
-- zh: 发出后账面库存为负(发出多于库存)
-- en: more was issued than the books had in stock
select
    site_id,
    move_id
from stock_ledger
where kind in ('out', 'transfer_out') and balance < 0
