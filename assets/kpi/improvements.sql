-- description: "Measures of quality circles: what, against which cause, where, compared with whom, since when."
-- grain: [site_id, improvement_id]
-- by: [site_id, improvement_id]
-- columns:
--   site_id: site
--   improvement_id: measure
--   topic: topic of the circle
--   cause_code: the cause that it is against
--   measure: what is done
--   metric_id: number that it is to move
--   scope: where, as dimension:code
--   control_scope: compared with, as dimension:code
--   target_value: what is hoped for
--   owner_engineer_id: who answers for it
--   started_on: first day
--   ended_on: last day, NULL while it lasts
--   status: status in the source, NULL of those entered here
--   selected_on: day on which the place was picked, NULL where nobody says
--   is_entered: entered in OpsPulse
select
    i.site_id,
    i.improvement_id,
    i.topic,
    i.cause_code,
    i.measure,
    i.metric_id,
    i.scope,
    i.control_scope,
    i.target_value,
    i.owner_engineer_id,
    i.started_on,
    i.ended_on,
    i.status,
    i.selected_on,
    i.is_entered
from core.improvements as i
order by i.site_id, i.improvement_id
