-- description: "Shares, lives and limits that cost figures are judged by, from the rules; one row."
-- grain: [signs_needed]
-- columns:
--   yearly_cost_share: twelve months' cost ÷ replacement price above which is a sign
--   cumulative_cost_share: all cost ÷ replacement price above which is a sign
--   signs_needed: signs that make a candidate
--   dead_after_months: stock without an issue for so long is dead
--   abc_first: cumulative share of value that ends class A
--   abc_second: the same for class B
--   xyz_first: coefficient of variation that ends class X
--   xyz_second: the same for class Y
--   qualified_tickets: restored tickets in twelve months that make one able
--   uncovered_share: share of critical systems without anybody that the bus factor asks for
--   training_window_days: days before and after a training
--   has_offer: a printing offer is given
--   offer_mono_price_cny: its price of a black-and-white page (CNY)
--   offer_colour_price_cny: its price of a colour page (CNY)
--   offer_minimum_cny: its least charge per machine and month (CNY)
--   labour_cny_per_hour: rate of grades without their own (CNY), NULL without one
select
    t.yearly_cost_share,
    t.cumulative_cost_share,
    t.signs_needed,
    t.dead_after_months,
    t.abc_first,
    t.abc_second,
    t.xyz_first,
    t.xyz_second,
    t.qualified_tickets,
    t.uncovered_share,
    t.training_window_days,
    t.has_offer,
    t.offer_mono_price_cny,
    t.offer_colour_price_cny,
    t.offer_minimum_cny,
    t.labour_cny_per_hour
from core.rule_cost_terms as t
