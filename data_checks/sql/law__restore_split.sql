-- zh: 处理时长各段之和 = 处理时长
-- en: the parts of the time to restoration sum to it
select
    site_id,
    ticket_id,
    accept_wait_seconds + travel_seconds + diagnosis_seconds + repair_seconds + waiting_part_seconds
    + waiting_user_seconds + vendor_seconds + approval_seconds + force_majeure_seconds + other_seconds
    + reopened_gap_seconds as parts,
    restore_seconds as whole
from kpi.fact_restorations
where parts != whole
order by site_id, ticket_id
