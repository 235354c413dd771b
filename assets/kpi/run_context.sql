-- description: "As-of, zone, rules and thresholds of the numbers in this file; one row."
-- grain: [as_of]
-- live: true
-- columns:
--   as_of: instant that ages, censoring and today refer to (UTC)
--   as_of_on: its local day
--   timezone: the hospital's zone
--   is_demo: the source is the simulated hospital
--   hospital_name: hospital
--   department_name: department that uses the numbers
--   rules_version: version of the rules
--   rules_fingerprint: sha256 of the rules
--   min_events: fewer events are a small sample
--   min_denominator: a smaller denominator is a small sample
--   completion_grace_days: days after the month's end in which a restoration still counts for 完修率
--   due_soon_share: share of a target from which a clock is due soon
select
    c.as_of,
    c.as_of_on,
    c.timezone,
    c.is_demo,
    c.hospital_name,
    c.department_name,
    c.rules_version,
    c.rules_fingerprint,
    c.min_events,
    c.min_denominator,
    h.completion_grace_days,
    h.due_soon_share
from core.run_context as c
cross join core.rule_thresholds as h
