-- description: "What every check found, by local day, table and rule: the rows behind the data-quality score. Counts only, never a value."
-- grain: [on_date, table_name, rule]
-- columns:
--   on_date: local day of the loads that were checked
--   table_name: canonical table
--   rule: name of the rule, unique within the table
--   aspect: part of the score it counts in (valid, complete, consistent, unique, timely)
--   severity: critical (the row is held, or publication stops) or warning
--   is_state: asked of the whole table by the day's last load; else of the rows that changed that day
--   checked: rows looked at; 1 where the rule speaks of the table as a whole
--   failed: rows that break the rule
--   is_over: more rows fail than KPIs on the table can bear
--   passed_ppm: weight × share that passes, in millionths
--   weight_ppm: weight in millionths; a critical rule weighs three times a warning
--   zh: the rule in Chinese
--   en: the rule in English
select
    r.on_date,
    r.table_name,
    r.rule,
    r.aspect,
    r.severity,
    r.is_state,
    r.checked,
    r.failed,
    r.is_over,
    (r.weight * 1000000 * (r.checked - r.failed)) // r.checked as passed_ppm,
    r.weight * 1000000 as weight_ppm,
    r.zh,
    r.en
from raw.check_results as r
where r.checked > 0
order by r.on_date, r.table_name, r.rule
