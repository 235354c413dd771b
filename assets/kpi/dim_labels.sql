-- description: Display words of every code, Chinese and English, from the rules.
-- grain: [kind, code]
-- live: true
-- columns:
--   kind: value list
--   code: code
--   zh: Chinese
--   en: English
--   sort_order: order in which surfaces list the codes
select l.kind, l.code, l.zh, l.en, l.sort_order
from core.rule_labels as l
order by l.kind, l.sort_order, l.code
