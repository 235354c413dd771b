-- description: Stretches of hands-on work as logged up to as-of; an open one ends there.
-- grain: [site_id, ticket_id, engineer_id, started_at]
-- by: [site_id, ticket_id, engineer_id, started_at]
-- restless: started_at + to_seconds(seconds) >= as_of
-- columns:
--   site_id: site
--   ticket_id: ticket
--   engineer_id: who worked
--   kind: how (remote, onsite, helper …)
--   started_at: start (UTC)
--   worked_on: local day of the start
--   seconds: length; an end before the start counts nothing
select
    l.site_id,
    l.ticket_id,
    l.engineer_id,
    l.kind,
    l.started_at,
    local_date(l.started_at, s.timezone) as worked_on,
    greatest(seconds_between(l.started_at, least(coalesce(l.ended_at, c.as_of), c.as_of)), 0) as seconds
from raw.effort_logs as l
inner join core.sites as s on l.site_id = s.site_id
cross join core.run_context as c
where not l._is_deleted and l.started_at <= c.as_of
order by l.site_id, l.ticket_id, l.engineer_id, l.started_at
