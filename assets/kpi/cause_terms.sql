-- description: "Windows and limits of cause analysis and improvements; one row."
-- grain: [sequence_days]
-- columns:
--   sequence_days: two faults on one device within so many days are a pair
--   relevant_ratio: a rate that moves by less matters to nobody
--   maturity_days: a measure is judged after so many days at the earliest
--   baseline_days: days before a measure that it is compared with
--   watch_days: how long a closed measure is watched
select c.sequence_days, c.relevant_ratio, c.maturity_days, c.baseline_days, c.watch_days
from core.rule_cause_terms as c
