-- description: "Each print contract's month: what the counters and the contract's prices come to, and what the vendor billed."
-- grain: [site_id, contract_id, month_on]
-- columns:
--   site_id: site
--   contract_id: contract
--   month_on: first local day of the month
--   vendor_id: vendor
--   mono_pages: black-and-white pages
--   colour_pages: colour pages
--   unread_count: readings that give no pages, or pages without a price
--   expected_cny: per device pages × price, at least its minimum; rounded once (CNY); NULL without readings
--   billed_cny: the vendor's bills of the month (CNY); NULL without a bill
with charges as (
    select
        p.site_id,
        p.contract_id,
        p.asset_id,
        month_start(p.read_on) as month_on,
        coalesce(sum(p.pages) filter (where p.meter = 'mono_pages'), 0) as mono_pages,
        coalesce(sum(p.pages) filter (where p.meter = 'colour_pages'), 0) as colour_pages,
        count_if(p.pages is null or (p.price_cny is null and p.pages > 0)) as unread_count,
        greatest(coalesce(sum(p.pages * p.price_cny), 0), coalesce(max(p.minimum_cny), 0)) as charge_cny
    from core.page_runs as p
    where p.contract_id is not null
    group by all
),

expected as (
    select
        k.site_id,
        k.contract_id,
        k.month_on,
        sum(k.mono_pages) as mono_pages,
        sum(k.colour_pages) as colour_pages,
        sum(k.unread_count) as unread_count,
        round(sum(k.charge_cny), 2)::decimal(14, 2) as expected_cny
    from charges as k
    group by all
),

billed as (
    select
        b.site_id,
        b.contract_id,
        try_cast(b.month || '-01' as date) as month_on,
        sum(b.amount_cny)::decimal(14, 2) as billed_cny
    from raw.vendor_bills as b
    cross join core.run_context as c
    where not b._is_deleted and try_cast(b.month || '-01' as date) <= c.as_of_on
    group by all
),

vendors as (
    select site_id, contract_id, min(vendor_id) as vendor_id from raw.print_contracts where not _is_deleted group by all
)

select
    coalesce(e.site_id, b.site_id) as site_id,
    coalesce(e.contract_id, b.contract_id) as contract_id,
    coalesce(e.month_on, b.month_on) as month_on,
    v.vendor_id,
    coalesce(e.mono_pages, 0)::decimal(18, 3) as mono_pages,
    coalesce(e.colour_pages, 0)::decimal(18, 3) as colour_pages,
    coalesce(e.unread_count, 0)::bigint as unread_count,
    e.expected_cny,
    b.billed_cny
from expected as e
full join billed as b on e.site_id = b.site_id and e.contract_id = b.contract_id and e.month_on = b.month_on
inner join vendors as v
    on coalesce(e.site_id, b.site_id) = v.site_id and coalesce(e.contract_id, b.contract_id) = v.contract_id
order by 1, 2, 3
