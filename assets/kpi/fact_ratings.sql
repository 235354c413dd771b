-- description: Requests for a rating with the dimensions of their tickets; marks are hundredths on a scale of five.
-- grain: [site_id, rating_id]
-- by: [site_id, rating_id]
-- columns:
--   site_id: site
--   rating_id: request for a rating
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
--   resolution_mode: remote or onsite
--   engineer_id: last holder of the ticket
--   engineer_group: that engineer's team
--   asked_on: local day of the request
--   rated_on: local day of the answer
--   is_auto: given by a timer
--   is_self: given by the department itself
--   is_counted: a person's answer that counts
--   is_top: overall 4 or better out of 5
--   response_speed: mark, hundredths
--   professionalism: mark, hundredths
--   communication: mark, hundredths
--   overall: mark, hundredths
select
    r.site_id,
    r.rating_id,
    r.ticket_id,
    t.department_id,
    t.zone,
    t.asset_class,
    t.model,
    t.fault_family,
    t.fault_group,
    t.work_class,
    t.channel,
    t.priority,
    t.urgency,
    t.resolution_mode,
    t.engineer_id,
    t.engineer_group,
    r.asked_on,
    r.rated_on,
    r.is_auto,
    r.is_self,
    r.is_counted,
    r.is_top,
    r.response_speed,
    r.professionalism,
    r.communication,
    r.overall
from core.ratings as r
left join kpi.fact_tickets as t on r.site_id = t.site_id and r.ticket_id = t.ticket_id
order by r.site_id, r.rating_id
