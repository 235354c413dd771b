select
    site_id,
    part_id,
    part_no,
    name,
    part_class,
    unit,
    unit_price_cny,
    min_stock,
    is_consumable
from source.parts
