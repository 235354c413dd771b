-- description: Tickets by fault family and day, with how many an article covered, and for how many one was opened or cited.
-- grain: [site_id, fault_family, reported_on]
-- columns:
--   site_id: site
--   fault_family: fault family
--   fault_group: group of the family
--   reported_on: local day
--   ticket_count: tickets that are not void
--   covered_count: of a family with an article in force that day
--   opened_count: tickets for which an article was opened
--   cited_count: tickets whose solution cites one
select
    k.site_id,
    k.fault_family,
    k.fault_group,
    k.reported_on,
    k.ticket_count,
    k.covered_count,
    k.opened_count,
    k.cited_count
from core.knowledge_days as k
order by k.site_id, k.fault_family, k.reported_on
