-- description: "Limits that flow and load are judged by; one row."
-- grain: [overload_share]
-- columns:
--   band_low_share: utilisation from which a week is well filled
--   band_high_share: utilisation up to which it is
--   overload_share: utilisation above which somebody is overloaded
--   min_similar: similar tickets that an estimate needs
--   similar_days: days of the past that they are looked for in
--   capacity_days: days over which capacity is averaged
--   observation_days: days in which a successor is watched
--   baseline_days: days before the announcement that they are held against
--   strain_days: days over which a person's strain is looked at
--   strain_off_hours_share: share of hands-on work outside ordinary hours that is a sign of it
--   strain_overtime_share: hands-on work beyond the available time, over that time, that is one
--   strain_held_ratio: tickets in hand over the team's median that are one
--   strain_run_days: days worked in a row that are one
--   strain_warning_signs: signs from which a warning is given
select
    k.band_low_share,
    k.band_high_share,
    k.overload_share,
    k.min_similar,
    k.similar_days,
    k.capacity_days,
    k.observation_days,
    k.baseline_days,
    k.strain_days,
    k.strain_off_hours_share,
    k.strain_overtime_share,
    k.strain_held_ratio,
    k.strain_run_days,
    k.strain_warning_signs
from core.rule_flow as k
