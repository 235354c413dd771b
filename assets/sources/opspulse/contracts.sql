select
    site_id,
    contract_id,
    vendor_id,
    kind,
    asset_id,
    starts_on,
    ends_on,
    amount_cny
from source.contracts
