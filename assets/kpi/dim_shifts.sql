-- description: Shifts with their length, the exposure of what is compared by shift.
-- grain: [shift]
-- columns:
--   shift: shift
--   shift_hours: hours of each day
select h.shift, max(h.shift_hours) as shift_hours
from core.rule_hours as h
group by h.shift
order by h.shift
