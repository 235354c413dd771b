-- description: Age classes of open tickets.
-- grain: [age_bucket]
-- live: true
-- columns:
--   age_bucket: class
--   from_seconds: lower bound, inclusive (s)
--   to_seconds: upper bound, exclusive; NULL for the last (s)
--   sort_order: order
select b.age_bucket, b.from_seconds, b.to_seconds, b.sort_order
from core.rule_age_buckets as b
order by b.sort_order
