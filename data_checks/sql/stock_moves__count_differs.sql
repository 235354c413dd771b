-- table: stock_moves
-- severity: warning
-- aspect: consistent
-- zh: 盘点数与账面库存不符,且没有调整
-- en: a count differs from the books and no adjustment accounts for it
select
    site_id,
    move_id
from stock_ledger
where kind = 'count' and quantity <> balance
