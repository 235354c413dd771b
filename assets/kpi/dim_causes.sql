-- description: "The tree of causes: category, mechanism, the question whose answer is evidence and who answers it."
-- grain: [cause_code]
-- columns:
--   cause_code: cause
--   cause_category: category of 人机料法环测
--   mechanism: what usually happened to the thing
--   question_zh: evidence question, Chinese
--   question_en: evidence question, English
--   owner_zh: who answers, Chinese
--   owner_en: who answers, English
--   sort_order: order in which surfaces list them
select
    c.cause_code,
    c.cause_category,
    c.mechanism,
    c.question_zh,
    c.question_en,
    c.owner_zh,
    c.owner_en,
    c.sort_order
from core.rule_causes as c
order by c.sort_order
