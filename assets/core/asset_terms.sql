-- description: What the books and the rules say of each device - cost, life, replacement price, end of its spare parts.
-- grain: [site_id, asset_id]
-- by: [site_id, asset_id]
-- columns:
--   site_id: site
--   asset_id: asset
--   purchased_on: bought
--   on_books_on: depreciation starts in this month; acceptance, else purchase
--   cost_cny: acquisition cost (CNY)
--   depreciable_cny: cost less the residual share (CNY)
--   life_months: depreciation life (months)
--   life_basis: register, or statutory for the least life of its class
--   is_on_books: the hospital's own, with a cost and a start
--   replacement_cny: price of a new one, by model or class from the rules, else its own cost (CNY)
--   parts_end_on: spare parts of its model end
--   downtime_micro_cny: what an hour without it costs (micro-CNY), NULL where the rules have none
select
    a.site_id,
    a.asset_id,
    a.purchased_on,
    coalesce(a.accepted_on, a.purchased_on) as on_books_on,
    a.purchase_cny as cost_cny,
    (a.purchase_cny * (1 - c.residual_share))::decimal(14, 2) as depreciable_cny,
    12 * coalesce(a.useful_life_years, s.life_years, d.life_years) as life_months,
    case when a.useful_life_years is not null then 'register' else 'statutory' end as life_basis,
    a.purchase_cny is not null
    and coalesce(a.accepted_on, a.purchased_on) is not null
    and b.ownership is not null as is_on_books,
    coalesce(m.price_cny, k.price_cny, a.purchase_cny) as replacement_cny,
    e.ends_on as parts_end_on,
    coalesce(r.micro_cny, w.micro_cny) as downtime_micro_cny
from raw.assets as a
cross join core.rule_cost_terms as c
-- a register without ownership holds the hospital's own
left join core.rule_ownership_on_books as b on coalesce(a.ownership, 'own') = b.ownership
left join core.rule_asset_lives as s on a.asset_class = s.asset_class
left join core.rule_asset_lives as d on d.asset_class = '*'
left join core.rule_replacement_prices as m on a.model = m.code
left join core.rule_replacement_prices as k on a.asset_class = k.code
left join core.rule_parts_end as e on a.model = e.model
left join core.rule_downtime_rates as r on a.asset_class = r.asset_class
left join core.rule_downtime_rates as w on w.asset_class = '*'
where not a._is_deleted
order by a.site_id, a.asset_id
