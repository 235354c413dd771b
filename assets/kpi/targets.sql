-- description: "What a metric's statistic should reach, by the days on which the target is in force."
-- grain: [metric_id, statistic, effective_from]
-- live: true
-- columns:
--   metric_id: id of the metric
--   statistic: which of its numbers
--   effective_from: first local day on which the target is in force
--   effective_until: day after the last
--   target: in the unit of the metric's value (shares from 0 to 1, durations in s)
select
    t.metric_id,
    t.statistic,
    t.effective_from,
    t.effective_until,
    t.target
from core.rule_targets as t
order by t.metric_id, t.statistic, t.effective_from
