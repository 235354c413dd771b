-- description: "Print contracts by month: expected by the counters, and billed."
-- grain: [site_id, contract_id, month_on]
-- columns:
--   site_id: site
--   contract_id: contract
--   month_on: first local day of the month
--   vendor_id: vendor
--   mono_pages: black-and-white pages
--   colour_pages: colour pages
--   unread_count: readings that give no pages, or pages without a price
--   expected_cny: what counters and prices come to (CNY)
--   billed_cny: the vendor's bills (CNY)
--   difference_cny: billed − expected; NULL unless both are there
select
    b.site_id,
    b.contract_id,
    b.month_on,
    b.vendor_id,
    b.mono_pages,
    b.colour_pages,
    b.unread_count,
    b.expected_cny,
    b.billed_cny,
    b.billed_cny - b.expected_cny as difference_cny
from core.print_bills as b
order by b.site_id, b.contract_id, b.month_on
