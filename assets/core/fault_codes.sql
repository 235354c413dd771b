-- description: "A ticket's fault family as its engineer coded it, as the program proposes it, and as it holds; side by side, none overwritten."
-- grain: [site_id, ticket_id]
-- by: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   code_reported: the engineer's code
--   code_suggested: the program's proposal; NULL where it abstains or has learnt from the ticket itself
--   nearest_code: the model's best code even where it abstains
--   confidence: probability that the proposal (or the nearest code) is right, 0 to 1
--   suggested_by: confirmed, phrase, model; none where it abstains; NULL where nothing was read
--   because: the phrase that made a rule's proposal
--   fault_text: what the ward wrote, without names and personal numbers
--   normal_text: its normal form
--   topic: proposed name of the group of alike texts that nobody could name
--   code_final: the code that holds, a person's or the engineer's; NULL while there is none that says something
--   final_by: "who gave it, an account, or 'engineer'"
--   final_at: when a person gave it (UTC)
--   is_unspecific: the engineer's code is missing or says nothing
--   is_rejected: a person rejected the proposal that stands
--   draw_order: order in which tickets are drawn for a second coding, by chance but always the same
--   needs_review: nobody has named the fault yet, and there is a text to read
select
    t.site_id,
    t.ticket_id,
    t.fault_family_code as code_reported,
    s.code_suggested,
    s.nearest_code,
    s.confidence,
    s.suggested_by,
    s.because,
    s.text as fault_text,
    s.normal_text,
    s.topic,
    coalesce(d.decided_code, case when u.fault_family_code is null then t.fault_family_code end) as code_final,
    case
        when d.decided_code is not null then d.decided_by
        when t.fault_family_code is not null and u.fault_family_code is null then 'engineer'
    end as final_by,
    case when d.decided_code is not null then d.decided_at end as final_at,
    t.fault_family_code is null or u.fault_family_code is not null as is_unspecific,
    coalesce(d.rejected_code = s.code_suggested, false) as is_rejected,
    hash(t.site_id, t.ticket_id) as draw_order,
    s.ticket_id is not null
    and d.decided_code is null
    and (t.fault_family_code is null or u.fault_family_code is not null) as needs_review
from raw.tickets as t
inner join core.run_context as c on t.reported_at <= c.as_of
left join raw.fault_suggestions as s on t.site_id = s.site_id and t.ticket_id = s.ticket_id
left join core.fault_decisions as d on t.site_id = d.site_id and t.ticket_id = d.ticket_id
left join core.rule_unspecific_families as u on t.fault_family_code = u.fault_family_code
where not t._is_deleted
order by t.site_id, t.ticket_id
