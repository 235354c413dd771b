-- description: "Requests that a repair is not charged with the failure behind it, the latest of each ticket, and what a second person said."
-- grain: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket of the repair
--   request_id: decision that asked
--   code: why, one of the rules' exempt_codes
--   asked_by: account or engineer id of who asked
--   asked_at: when (UTC)
--   state: asked, approved or rejected
--   answered_by: the second person, NULL while nobody answered
--   answered_at: when (UTC)
with requests as (
    select
        d.site_id,
        d.subject as ticket_id,
        d.decision_id as request_id,
        d.payload ->> 'code' as code,
        d.actor,
        d.decided_at
    from core.decisions as d
    where d.kind = 'repeat_exemption' and d.is_latest
),

answers as (
    select
        d.site_id,
        d.subject as ticket_id,
        cast(d.payload ->> 'request_id' as bigint) as request_id,
        case d.kind when 'repeat_exemption_approved' then 'approved' else 'rejected' end as state,
        d.actor,
        d.decided_at,
        row_number() over (
            partition by d.site_id, d.subject, d.payload ->> 'request_id' order by d.decision_id
        ) as answer_order
    from core.decisions as d
    where d.kind in ('repeat_exemption_approved', 'repeat_exemption_rejected')
)

select
    r.site_id,
    r.ticket_id,
    r.request_id,
    r.code,
    r.actor as asked_by,
    r.decided_at as asked_at,
    coalesce(a.state, 'asked') as state,
    a.actor as answered_by,
    a.decided_at as answered_at
from requests as r
left join answers as a
    on
        r.site_id = a.site_id
        and r.ticket_id = a.ticket_id
        and r.request_id = a.request_id
        and a.answer_order = 1
        and r.actor != a.actor
order by r.site_id, r.ticket_id
