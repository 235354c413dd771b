-- description: "Repairs after which the same device failed again in the same way, whom that is charged to, and whether an exemption was asked for; personal."
-- grain: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket of the repair
--   engineer_id: who is charged, the one who restored it
--   restored_on: local day of the first restoration
--   recurred_ticket_id: the failure behind it
--   gap_seconds: first restoration to that report (s)
--   request_id: decision that asked for an exemption, NULL where nobody did
--   code: why
--   asked_by: account or engineer id of who asked
--   state: asked, approved or rejected
--   answered_by: the second person
select
    r.site_id,
    r.ticket_id,
    r.engineer_id,
    r.first_restored_on as restored_on,
    r.recurred_ticket_id,
    r.gap_seconds,
    x.request_id,
    x.code,
    x.asked_by,
    x.state,
    x.answered_by
from core.repair_recurrences as r
left join core.repeat_exemptions as x on r.site_id = x.site_id and r.ticket_id = x.ticket_id
where r.recurred_ticket_id is not null
order by r.site_id, r.ticket_id
