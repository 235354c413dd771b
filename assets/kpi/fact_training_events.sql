-- description: Trainings held for departments.
-- grain: [site_id, training_id]
-- columns:
--   site_id: site
--   training_id: training
--   department_id: department
--   zone: zone of the department
--   held_on: local day
--   topic: topic
--   attendee_count: people who came
select r.site_id, r.training_id, r.department_id, d.zone, r.held_on, r.topic, r.attendee_count
from raw.trainings as r
cross join core.run_context as c
left join core.departments as d on r.site_id = d.site_id and r.department_id = d.department_id
where not r._is_deleted and r.held_on <= c.as_of_on
order by r.site_id, r.training_id
