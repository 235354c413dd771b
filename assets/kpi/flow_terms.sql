-- description: "Limits that flow and load are judged by; one row."
-- grain: [overload_share]
-- columns:
--   band_low_share: utilisation from which a week is well filled
--   band_high_share: utilisation up to which it is
--   overload_share: utilisation above which somebody is overloaded
--   min_similar: similar tickets that an estimate needs
--   capacity_days: days over which capacity is averaged
select k.band_low_share, k.band_high_share, k.overload_share, k.min_similar, k.capacity_days
from core.rule_flow as k
