-- description: "What became of each first restoration of a failure: fixed the first time, or why not; and whether the ward silently opened a new ticket."
-- grain: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   first_restored_on: local day of the first restoration
--   is_mature: as-of is beyond the days in which it may still come back
--   visit_count: arrivals up to the first restoration
--   failed_by: NULL when it was fixed the first time, else part_missing, misdiagnosis, skill, permission, user_absent, vendor, other, reopened or recurred
--   is_followable: restored for good, the device in the register and the fault family known, so that a new ticket would be seen
--   is_follow_mature: as-of is beyond the hours in which a shadow reopening may come
--   is_shadow_reopened: a new ticket on the same device and fault family within those hours after the restoration that holds
with repairs as (
    select
        t.site_id,
        t.ticket_id,
        t.first_restored_at,
        t.restored_at,
        case when t.is_asset_bound then t.asset_id end as asset_id,
        t.fault_family_code,
        least(t.arrived_at, t.work_started_at) as started_at,
        coalesce(least(t.arrived_at, t.work_started_at), t.accepted_at) as taken_at,
        nullif(r.second_visit_reason, '') as second_visit_reason,
        s.timezone
    from core.tickets as t
    inner join raw.tickets as r on t.site_id = r.site_id and t.ticket_id = r.ticket_id and not r._is_deleted
    inner join core.sites as s on t.site_id = s.site_id
    where t.is_use_failure and t.first_restored_at is not null
),

events as (
    select
        e.site_id,
        e.ticket_id,
        count(*) filter (where e.type = 'arrived' and e.at <= t.first_restored_at) as visit_count,
        arg_min(
            case e.type when 'sent_to_vendor' then 'vendor' else coalesce(e.reason_code, 'other') end,
            e.event_order
        ) filter (
            where e.type in ('paused', 'sent_to_vendor')
            and e.at >= t.taken_at
            and e.at < t.first_restored_at
        ) as broken_by,
        arg_min(coalesce(e.reason_code, 'other'), e.event_order) filter (
            where e.type = 'transferred' and e.at > t.started_at and e.at < t.first_restored_at
        ) as passed_on_by,
        min(e.at) filter (where e.type = 'reopened' and e.at >= t.first_restored_at) as reopened_at
    from core.ticket_events as e
    inner join repairs as t on e.site_id = t.site_id and e.ticket_id = t.ticket_id
    where not e.is_out_of_order
    group by e.site_id, e.ticket_id
),

failures as (
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
    from repairs as t
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
    local_date(t.first_restored_at, t.timezone) as first_restored_on,
    t.first_restored_at + to_seconds(h.first_fix_seconds) <= c.as_of as is_mature,
    coalesce(e.visit_count, 0) as visit_count,
    case
        when t.second_visit_reason is not null then t.second_visit_reason
        when e.broken_by = 'waiting_part' then 'part_missing'
        when e.broken_by = 'waiting_user' then 'user_absent'
        when e.broken_by = 'approval' then 'permission'
        when e.broken_by = 'vendor' then 'vendor'
        when e.passed_on_by = 'skill' then 'skill'
        when e.passed_on_by = 'wrong_content' then 'misdiagnosis'
        when e.broken_by is not null or e.passed_on_by is not null or e.visit_count > 1 then 'other'
        when e.reopened_at <= t.first_restored_at + to_seconds(h.first_fix_seconds) then 'reopened'
        when t.recurred_at <= t.first_restored_at + to_seconds(h.first_fix_seconds) then 'recurred'
    end as failed_by,
    t.restored_at is not null and t.asset_id is not null and t.fault_family_code is not null as is_followable,
    coalesce(t.restored_at + to_seconds(h.shadow_reopen_seconds) <= c.as_of, false) as is_follow_mature,
    coalesce(t.followed_at <= t.restored_at + to_seconds(h.shadow_reopen_seconds), false) as is_shadow_reopened
from followed as t
left join events as e on t.site_id = e.site_id and t.ticket_id = e.ticket_id
cross join core.run_context as c
cross join core.rule_flow as h
order by t.site_id, t.ticket_id
