-- description: "What people have said last of a ticket's fault family: a code, or that the proposal is wrong."
-- grain: [site_id, ticket_id]
-- live: true
-- columns:
--   site_id: site
--   ticket_id: ticket
--   decided_code: the code that a person gave; NULL if the proposal was only rejected
--   rejected_code: the proposal that a person rejected without giving a code
--   decided_by: account or engineer id of who decided
--   decided_at: when (UTC)
with ranked as (
    select
        d.site_id,
        d.subject as ticket_id,
        d.kind,
        d.payload,
        d.actor,
        d.decided_at,
        row_number() over (partition by d.site_id, d.subject order by d.decision_id desc) as rank_from_newest
    from core.decisions as d
    where d.kind in ('fault_code', 'fault_code_rejected')
)

select
    site_id,
    ticket_id,
    case when kind = 'fault_code' then payload ->> 'code' end as decided_code,
    case when kind = 'fault_code_rejected' then payload ->> 'code_suggested' end as rejected_code,
    actor as decided_by,
    decided_at
from ranked
where rank_from_newest = 1
order by site_id, ticket_id
