select
    site_id,
    bill_id,
    contract_id,
    month,
    amount_cny,
    invoice_no
from source.vendor_bills
