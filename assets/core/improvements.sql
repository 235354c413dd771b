-- description: "Measures of quality circles: those that the source keeps, and those entered in OpsPulse; closed by whichever says so."
-- grain: [site_id, improvement_id]
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
with entered as (
    select
        d.site_id,
        d.subject as improvement_id,
        d.payload ->> 'topic' as topic,
        d.payload ->> 'cause_code' as cause_code,
        d.payload ->> 'measure' as measure,
        d.payload ->> 'metric_id' as metric_id,
        d.payload ->> 'scope' as scope,
        d.payload ->> 'control_scope' as control_scope,
        (d.payload ->> 'target_value')::decimal(18, 6) as target_value,
        d.payload ->> 'owner_engineer_id' as owner_engineer_id,
        (d.payload ->> 'started_on')::date as started_on,
        (d.payload ->> 'selected_on')::date as selected_on
    from core.decisions as d
    where d.kind = 'improvement' and d.is_latest
),

closed as (
    select d.site_id, d.subject as improvement_id, (d.payload ->> 'ended_on')::date as ended_on
    from core.decisions as d
    where d.kind = 'improvement_closed' and d.is_latest
),

kept as (
    select
        i.site_id,
        i.improvement_id,
        i.topic,
        i.cause_code,
        i.measure,
        i.metric_id,
        i.scope,
        i.control_scope,
        i.target_value::decimal(18, 6) as target_value,
        i.owner_engineer_id,
        i.started_on,
        i.ended_on,
        i.status,
        null::date as selected_on,
        false as is_entered
    from raw.improvements as i
    where not i._is_deleted
    union all
    select
        e.site_id,
        e.improvement_id,
        e.topic,
        e.cause_code,
        e.measure,
        e.metric_id,
        e.scope,
        e.control_scope,
        e.target_value,
        e.owner_engineer_id,
        e.started_on,
        null as ended_on,
        null as status,
        e.selected_on,
        true as is_entered
    from entered as e
    left join raw.improvements as i
        on e.site_id = i.site_id and e.improvement_id = i.improvement_id and not i._is_deleted
    where i.improvement_id is null
)

select
    k.site_id,
    k.improvement_id,
    k.topic,
    k.cause_code,
    k.measure,
    k.metric_id,
    k.scope,
    k.control_scope,
    k.target_value,
    k.owner_engineer_id,
    k.started_on,
    coalesce(c.ended_on, k.ended_on) as ended_on,
    k.status,
    k.selected_on,
    k.is_entered
from kept as k
left join closed as c on k.site_id = c.site_id and k.improvement_id = c.improvement_id
order by k.site_id, k.improvement_id
