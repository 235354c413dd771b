-- description: "What each engineer would hand over, item by item, in the six sections of a hand-over; personal, for the head alone."
-- grain: [site_id, engineer_id, section, kind, item_id]
-- columns:
--   site_id: site
--   engineer_id: who has it
--   section: customers, projects, results, open, history or partners
--   kind: account, customer, contact, project, document, article, ticket, part, loan, issue, department, vendor or contract
--   item_id: item
--   title: what it is
--   detail: what the successor must know of it
--   on_date: local day that matters (granted, planned, updated, reported, due, ends)
select i.site_id, i.engineer_id, i.section, i.kind, i.item_id, i.title, i.detail, i.on_date
from core.handover_items as i
order by i.site_id, i.engineer_id, i.section, i.kind, i.item_id
