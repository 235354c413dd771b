-- description: "What became of each first restoration of a repair, put down to no fault or not: fixed the first time, or why not; and whether the ward silently opened a new ticket."
-- grain: [site_id, ticket_id]
-- by: [site_id, asset_id]
-- restless: not is_mature or not is_follow_mature
-- columns:
--   site_id: site
--   ticket_id: ticket
--   asset_id: device as on the ticket
--   is_use_failure: it counts as a failure
--   first_restored_on: local day of the first restoration
--   is_mature: as-of is beyond the days in which it may still come back
--   visit_count: arrivals up to the first restoration
--   failed_by: NULL when it was fixed the first time, else part_missing, misdiagnosis, skill, permission, user_absent, vendor, other, reopened or recurred
--   is_followable: restored for good, the device in the register and the fault family known, so that a new ticket would be seen
--   is_follow_mature: as-of is beyond the hours in which a shadow reopening may come
--   is_shadow_reopened: a new ticket on the same device and fault family within those hours after the restoration that holds
with failures as (
    select site_id, asset_id, fault_family_code, reported_at
    from core.tickets
    where is_use_failure and is_asset_bound
),

reports as (
    select site_id, asset_id, fault_family_code, reported_at
    from core.tickets
    where not is_void and not is_planned and is_asset_bound
),

recurring as (
    select t.*, f.reported_at as recurred_at
    from core.repair_courses as t
    asof left join failures as f
        on
            t.site_id = f.site_id
            and t.asset_id = f.asset_id
            and t.fault_family_code = f.fault_family_code
            and t.first_restored_at < f.reported_at
),

followed as (
    select t.*, f.reported_at as followed_at
    from recurring as t
    asof left join reports as f
        on
            t.site_id = f.site_id
            and t.asset_id = f.asset_id
            and t.fault_family_code = f.fault_family_code
            and t.restored_at < f.reported_at
)

select
    t.site_id,
    t.ticket_id,
    t.asset_id,
    t.is_use_failure,
    t.first_restored_on,
    t.first_restored_at + to_seconds(h.first_fix_seconds) <= c.as_of as is_mature,
    t.visit_count,
    case
        when t.second_visit_reason is not null then t.second_visit_reason
        when t.broken_by = 'waiting_part' then 'part_missing'
        when t.broken_by = 'waiting_user' then 'user_absent'
        when t.broken_by = 'approval' then 'permission'
        when t.broken_by = 'vendor' then 'vendor'
        when t.passed_on_by = 'skill' then 'skill'
        when t.passed_on_by = 'wrong_content' then 'misdiagnosis'
        when t.broken_by is not null or t.passed_on_by is not null or t.visit_count > 1 then 'other'
        when t.reopened_at <= t.first_restored_at + to_seconds(h.first_fix_seconds) then 'reopened'
        when t.recurred_at <= t.first_restored_at + to_seconds(h.first_fix_seconds) then 'recurred'
    end as failed_by,
    t.restored_at is not null and t.is_asset_bound and t.fault_family_code is not null as is_followable,
    coalesce(t.restored_at + to_seconds(h.shadow_reopen_seconds) <= c.as_of, false) as is_follow_mature,
    coalesce(t.followed_at <= t.restored_at + to_seconds(h.shadow_reopen_seconds), false) as is_shadow_reopened
from followed as t
cross join core.run_context as c
cross join core.rule_flow as h
order by t.site_id, t.ticket_id
