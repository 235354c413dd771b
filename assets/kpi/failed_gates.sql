-- description: "Rules on the state of tables that more rows break than KPIs can bear: what reads them is 不可信."
-- grain: [table_name, rule]
-- live: true
-- columns:
--   table_name: canonical table
--   rule: name of the rule
--   checked: rows looked at
--   failed: rows that break the rule
--   tolerance_pct: share of failing rows that is still borne (%)
--   zh: the rule in Chinese
--   en: the rule in English
select
    r.table_name,
    r.rule,
    r.checked,
    r.failed,
    r.tolerance_pct,
    r.zh,
    r.en
from raw.check_results as r
where
    r.is_state
    and r.on_date = (select max(d.on_date) from raw.check_results as d)
    and r.is_over
order by r.table_name, r.rule
