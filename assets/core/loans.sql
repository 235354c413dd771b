-- description: One row per loan of a spare machine up to as-of.
-- grain: [site_id, loan_id]
-- by: [site_id, loan_id]
-- restless: returned_second is null
-- live: true
-- columns:
--   site_id: site
--   loan_id: loan
--   asset_id: the machine lent
--   department_id: borrower
--   ticket_id: ticket it stands in for
--   lent_second: lent, seconds since 1970-01-01 UTC
--   due_second: due back
--   returned_second: back, NULL while out
--   outcome: returned, lost, scrapped
--   lent_on: local day
--   returned_on: local day of the return, NULL while out
select
    l.site_id,
    l.loan_id,
    l.asset_id,
    l.department_id,
    l.ticket_id,
    seconds_between(timestamp '1970-01-01', l.lent_at) as lent_second,
    seconds_between(timestamp '1970-01-01', l.due_at) as due_second,
    case when l.returned_at <= c.as_of then seconds_between(timestamp '1970-01-01', l.returned_at) end
        as returned_second,
    l.outcome,
    local_date(l.lent_at, s.timezone) as lent_on,
    case when l.returned_at <= c.as_of then local_date(l.returned_at, s.timezone) end as returned_on
from raw.loans as l
inner join core.sites as s on l.site_id = s.site_id
cross join core.run_context as c
where not l._is_deleted and l.lent_at <= c.as_of
order by l.site_id, l.loan_id
