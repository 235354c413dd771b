-- description: "95 % bounds of every count of events that occurs (Garwood 1936); a rate's interval is these over its exposure."
-- grain: [events]
-- columns:
--   events: count of events
--   lo: two-sided lower bound (events)
--   hi: two-sided upper bound (events)
--   most: one-sided upper bound (events); exposure over it is the one-sided lower bound of MTBF
select
    b.events,
    b.lo,
    b.hi,
    b.most
from core.rule_poisson_bounds as b
order by b.events
