-- description: "What people have decided in OpsPulse, one row per decision, from our own decisions.db, without appeals and bonuses; none is ever changed, the latest of a kind and subject holds."
-- grain: [site_id, decision_id]
-- live: true
-- columns:
--   site_id: site that the subject belongs to
--   decision_id: order of the decision, over all sites
--   decided_at: when (UTC)
--   actor: account or engineer id of who decided
--   role: in which role
--   kind: kind of decision, see assets/decision_kinds.py
--   subject: what it is about, such as a ticket's id
--   payload: what was decided, JSON of the kind's shape
--   is_latest: no later decision of the same kind about the same subject
select
    d.site_id,
    d.decision_id,
    d.decided_at,
    d.actor,
    d.role,
    d.kind,
    d.subject,
    d.payload,
    row_number() over (partition by d.site_id, d.kind, d.subject order by d.decision_id desc) = 1 as is_latest
from raw.decisions as d
-- what people object to and are paid stays in decisions.db, and is read where roles are known
where not d._is_deleted and not starts_with(d.kind, 'appeal_') and not starts_with(d.kind, 'bonus_')
order by d.site_id, d.decision_id
