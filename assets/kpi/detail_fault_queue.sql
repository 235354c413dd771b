-- description: "Tickets whose fault nobody has named yet, with their words (scrubbed of people) and what the program proposes: the review queue."
-- grain: [site_id, ticket_id]
-- by: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   ticket_no: number people use
--   reported_on: local day of the report
--   department_id: reporting department
--   asset_class: class of the bound device
--   model: its model
--   engineer_id: current or last holder
--   fault_text: what the ward wrote, without names and personal numbers
--   normal_text: its normal form, as rules and model read it
--   code_reported: the engineer's code, if it says nothing; NULL without one
--   code_suggested: the program's proposal; NULL where it abstains
--   nearest_code: the model's best code even where it abstains
--   confidence: probability that proposal or nearest code is right, 0 to 1
--   suggested_by: confirmed, phrase, model, none
--   because: the phrase that made a rule's proposal
--   topic: proposed name of the group of alike texts
--   is_rejected: a person rejected the proposal that stands
select
    f.site_id,
    f.ticket_id,
    t.ticket_no,
    t.reported_on,
    t.department_id,
    t.asset_class,
    t.model,
    t.engineer_id,
    f.fault_text,
    f.normal_text,
    f.code_reported,
    f.code_suggested,
    f.nearest_code,
    f.confidence,
    f.suggested_by,
    f.because,
    f.topic,
    f.is_rejected
from core.fault_codes as f
inner join kpi.fact_tickets as t on f.site_id = t.site_id and f.ticket_id = t.ticket_id
where f.needs_review and not t.is_void
order by f.site_id, f.ticket_id
