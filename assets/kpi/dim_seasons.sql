-- description: Months of each season.
-- grain: [month]
-- columns:
--   month: month of the year, 1 to 12
--   season: season
select m.month, m.season
from core.rule_months as m
order by m.month
