-- description: Extended warranties offered, per device of a class, from the rules.
-- grain: [asset_class]
-- columns:
--   asset_class: class of device
--   from_year: years in use when it begins
--   to_year: years in use when it ends
--   price_cny: price per device (CNY)
--   deductible_share: share of a repair that stays ours
select o.asset_class, o.from_year, o.to_year, o.price_cny, o.deductible_share
from core.rule_warranty_offers as o
order by o.asset_class
