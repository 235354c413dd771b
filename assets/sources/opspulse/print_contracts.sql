select
    site_id,
    contract_id,
    asset_id,
    starts_on,
    ends_on,
    mono_price_cny,
    colour_price_cny,
    minimum_cny,
    vendor_id,
    rollover_at
from source.print_contracts
