-- description: Tickets that training would spare - basic skills and mistakes in use - by department and day, with the hands-on time they took.
-- grain: [site_id, department_id, reported_on]
-- by: [site_id, reported_on]
-- columns:
--   site_id: site
--   department_id: reporting department
--   reported_on: local day
--   ticket_count: tickets
--   seconds: hands-on time (s)
--   labour_cny: the same at the grades' rates (CNY), NULL without a rate
select
    t.site_id,
    t.department_id,
    t.reported_on,
    count(*) as ticket_count,
    coalesce(sum(w.seconds), 0)::bigint as seconds,
    sum(w.labour_cny)::decimal(14, 2) as labour_cny
from core.tickets as t
left join core.rule_user_help_families as h on t.fault_family_code = h.fault_family_code
left join core.rule_training_signs as o on o.sign = 'outcome' and t.outcome_code = o.code
left join core.rule_training_signs as k on k.sign = 'cause' and t.cause_code = k.code
left join core.rule_training_signs as g on g.sign = 'work_class' and t.work_class = g.code
left join core.ticket_efforts as w on t.site_id = w.site_id and t.ticket_id = w.ticket_id
where
    not t.is_void
    and t.department_id is not null
    and coalesce(h.fault_family_code, o.code, k.code, g.code) is not null
group by t.site_id, t.department_id, t.reported_on
order by t.site_id, t.department_id, t.reported_on
