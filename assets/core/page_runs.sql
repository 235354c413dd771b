-- description: "Pages between two readings of a meter: the difference, over the meter's rollover where it fell; a replaced counter begins a new segment."
-- grain: [site_id, asset_id, meter, read_at]
-- by: [site_id, asset_id]
-- columns:
--   site_id: site
--   asset_id: device
--   meter: mono_pages or colour_pages
--   read_at: the later reading (UTC)
--   read_on: its local day
--   pages: pages printed since the reading before; NULL where the counter fell and nothing says why
--   contract_id: print contract in force on that day
--   price_cny: price of a page in it (CNY)
--   minimum_cny: least charge of a month for this device in it (CNY)
with readings as (
    select
        m.site_id,
        m.asset_id,
        m.meter,
        m.read_at,
        local_date(m.read_at, s.timezone) as read_on,
        m.value,
        coalesce(m.is_replaced, false) as is_replaced,
        lag(m.value) over (partition by m.site_id, m.asset_id, m.meter order by m.read_at) as before
    from raw.meter_readings as m
    inner join core.sites as s on m.site_id = s.site_id
    cross join core.run_context as c
    where not m._is_deleted and m.meter in ('mono_pages', 'colour_pages') and m.read_at <= c.as_of
),

contracted as (
    select
        r.*,
        k.contract_id,
        case when r.meter = 'mono_pages' then k.mono_price_cny else k.colour_price_cny end as price_cny,
        k.minimum_cny,
        max(k.rollover_at) over (partition by r.site_id, r.asset_id) as rollover_at
    from readings as r
    left join raw.print_contracts as k
        on
            r.site_id = k.site_id
            and r.asset_id = k.asset_id
            and not k._is_deleted
            and r.read_on >= coalesce(k.starts_on, date '1900-01-01')
            and r.read_on <= coalesce(k.ends_on, date '9999-12-31')
    qualify row_number() over (
        partition by r.site_id, r.asset_id, r.meter, r.read_at order by k.starts_on desc nulls last, k.contract_id asc
    ) = 1
)

select
    site_id,
    asset_id,
    meter,
    read_at,
    read_on,
    case
        when is_replaced then 0
        when value >= before then value - before
        when rollover_at > before then value + rollover_at - before
    end::decimal(14, 3) as pages,
    contract_id,
    price_cny,
    minimum_cny
from contracted
where before is not null
order by site_id, asset_id, meter, read_at
