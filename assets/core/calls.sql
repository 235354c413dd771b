-- description: One row per call to the service desk up to as-of.
-- grain: [site_id, call_id]
-- by: [site_id, call_id]
-- live: true
-- columns:
--   site_id: site
--   call_id: call
--   department_id: calling department
--   ticket_id: ticket it led to
--   at: start (UTC)
--   called_on: local day
--   is_answered: somebody answered
--   answer_seconds: waiting before the answer (s)
select
    k.site_id,
    k.call_id,
    k.department_id,
    k.ticket_id,
    k.at,
    local_date(k.at, s.timezone) as called_on,
    k.answered_at is not null as is_answered,
    seconds_between(k.at, k.answered_at) as answer_seconds
from raw.calls as k
inner join core.sites as s on k.site_id = s.site_id
cross join core.run_context as c
where not k._is_deleted and k.at <= c.as_of
order by k.site_id, k.call_id
