-- zh: 处理时长各段之和 = 处理时长(每张已恢复的工单)
-- en: the parts of the time to restoration sum to it, for every restored ticket
with parts as (
    select
        site_id,
        ticket_id,
        accept_wait_seconds + travel_seconds + diagnosis_seconds + repair_seconds + waiting_part_seconds
        + waiting_user_seconds + vendor_seconds + approval_seconds + force_majeure_seconds + other_seconds
        + reopened_gap_seconds as parts
    from kpi.fact_restorations
),

wholes as (
    select site_id, ticket_id, restore_seconds as whole
    from kpi.fact_tickets
    where restored_at is not null
)

select
    coalesce(w.site_id, p.site_id) as site_id,
    coalesce(w.ticket_id, p.ticket_id) as ticket_id,
    p.parts,
    w.whole
from wholes as w
full outer join parts as p on w.site_id = p.site_id and w.ticket_id = p.ticket_id
where p.parts is distinct from w.whole
order by coalesce(w.site_id, p.site_id), coalesce(w.ticket_id, p.ticket_id)
