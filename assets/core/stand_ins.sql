-- description: "When a spare machine stood in for the device of a ticket. Not by device: that of a loan is the spare machine."
-- grain: [site_id, loan_id]
-- by: [site_id, loan_id]
-- columns:
--   site_id: site
--   loan_id: loan
--   ticket_id: ticket it stands in for
--   from_at: lent (UTC)
--   to_at: back, exclusive; the year 9999 while it is out (UTC)
select
    l.site_id,
    l.loan_id,
    l.ticket_id,
    timestamp '1970-01-01' + to_seconds(l.lent_second) as from_at,
    -- not as-of: one that is still out moves nothing when the clock moves on
    coalesce(timestamp '1970-01-01' + to_seconds(l.returned_second), timestamp '9999-01-01') as to_at
from core.loans as l
where l.ticket_id is not null
order by l.site_id, l.loan_id
