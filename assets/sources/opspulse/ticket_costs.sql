select
    site_id,
    cost_id,
    ticket_id,
    kind,
    part_id,
    quantity,
    unit_price_cny,
    amount_cny,
    tax_cny,
    vendor_id,
    invoice_no,
    occurred_on,
    is_in_warranty,
    cost_centre,
    economic_class
from source.ticket_costs
