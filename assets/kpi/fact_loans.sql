-- description: Loans of spare machines.
-- grain: [site_id, loan_id]
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
    l.lent_on
from core.loans as l
left join core.assets as a on l.site_id = a.site_id and l.asset_id = a.asset_id
left join core.departments as d on l.site_id = d.site_id and l.department_id = d.department_id
order by l.site_id, l.loan_id
