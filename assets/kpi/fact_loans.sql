-- description: Loans of spare machines.
-- grain: [site_id, loan_id]
-- by: [site_id, loan_id]
-- restless: returned_second is null
-- columns:
--   site_id: site
--   loan_id: loan
--   asset_id: machine lent
--   asset_class: its class
--   department_id: borrower
--   zone: zone of the borrower
--   ticket_id: ticket it stands in for
--   lent_second: lent, seconds since 1970-01-01 UTC
--   due_second: due back
--   returned_second: back, NULL while out
--   lent_on: local day
--   returned_on: local day of the return, NULL while out
--   out_seconds: lent to returned (s), NULL while out
--   so_far_seconds: the same, up to as-of while out (s)
select
    l.site_id,
    l.loan_id,
    l.asset_id,
    a.asset_class,
    l.department_id,
    d.zone,
    l.ticket_id,
    l.lent_second,
    l.due_second,
    l.returned_second,
    l.lent_on,
    l.returned_on,
    l.returned_second - l.lent_second as out_seconds,
    coalesce(l.returned_second, seconds_between(timestamp '1970-01-01 00:00:00', c.as_of)) - l.lent_second
        as so_far_seconds
from core.loans as l
cross join core.run_context as c
left join core.assets as a on l.site_id = a.site_id and l.asset_id = a.asset_id
left join core.departments as d on l.site_id = d.site_id and l.department_id = d.department_id
order by l.site_id, l.loan_id
