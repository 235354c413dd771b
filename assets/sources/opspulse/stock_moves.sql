select
    site_id,
    move_id,
    part_id,
    store_id,
    stock_moves.at,
    kind,
    quantity,
    unit_price_cny,
    ticket_id,
    asset_id,
    lot_no,
    engineer_id
from source.stock_moves
