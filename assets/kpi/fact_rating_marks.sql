-- description: "Marks of counted ratings, one row per aspect asked: speed of response, professionalism, communication, overall."
-- grain: [site_id, rating_id, rating_aspect]
-- by: [site_id, rating_id]
-- columns:
--   site_id: site
--   rating_id: rating
--   rating_aspect: response_speed, professionalism, communication or overall
--   ticket_id: ticket
--   department_id: department
--   zone: zone of the department
--   asset_class: class of device
--   model: model
--   fault_family: fault family
--   fault_group: group of the family
--   work_class: class of work
--   channel: channel
--   priority: priority
--   urgency: urgency
--   engineer_id: last holder of the ticket
--   engineer_group: that engineer's team
--   rated_on: local day of the answer
--   mark: hundredths on a scale of five
--   is_top: 4 or better out of 5
with aspects as (
    select 'response_speed' as rating_aspect
    union all
    select 'professionalism' as rating_aspect
    union all
    select 'communication' as rating_aspect
    union all
    select 'overall' as rating_aspect
),

marks as (
    select
        r.site_id,
        r.rating_id,
        a.rating_aspect,
        r.ticket_id,
        r.department_id,
        r.zone,
        r.asset_class,
        r.model,
        r.fault_family,
        r.fault_group,
        r.work_class,
        r.channel,
        r.priority,
        r.urgency,
        r.engineer_id,
        r.engineer_group,
        r.rated_on,
        case a.rating_aspect
            when 'response_speed' then r.response_speed
            when 'professionalism' then r.professionalism
            when 'communication' then r.communication
            else r.overall
        end as mark
    from kpi.fact_ratings as r
    cross join aspects as a
    where r.is_counted
)

select
    m.site_id,
    m.rating_id,
    m.rating_aspect,
    m.ticket_id,
    m.department_id,
    m.zone,
    m.asset_class,
    m.model,
    m.fault_family,
    m.fault_group,
    m.work_class,
    m.channel,
    m.priority,
    m.urgency,
    m.engineer_id,
    m.engineer_group,
    m.rated_on,
    m.mark,
    m.mark >= 400 as is_top
from marks as m
where m.mark is not null
order by m.site_id, m.rating_id, m.rating_aspect
