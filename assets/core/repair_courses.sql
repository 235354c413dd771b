-- description: "How each repair went up to its first restoration: visits, and what interrupted the work or passed it on. What was put down to no fault is among them, so that a label takes nothing out of sight."
-- grain: [site_id, ticket_id]
-- by: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   asset_id: device as on the ticket
--   is_use_failure: it counts as a failure
--   is_asset_bound: that device is in the register
--   fault_family_code: fault family
--   first_restored_at: first restoration (UTC)
--   restored_at: the restoration that holds (UTC), NULL without one
--   first_restored_on: local day of the first
--   second_visit_reason: why somebody had to come again, as recorded
--   visit_count: arrivals up to the first restoration
--   broken_by: reason of the first pause of the work in hand, or vendor; NULL without one
--   passed_on_by: reason for which started work was passed on; NULL where it was not
--   reopened_at: first reopening after the restoration (UTC)
with repairs as (
    select
        t.site_id,
        t.ticket_id,
        t.first_restored_at,
        t.restored_at,
        t.asset_id,
        t.is_use_failure,
        t.is_asset_bound,
        t.fault_family_code,
        least(t.arrived_at, t.work_started_at) as started_at,
        coalesce(least(t.arrived_at, t.work_started_at), t.accepted_at) as taken_at,
        nullif(r.second_visit_reason, '') as second_visit_reason,
        s.timezone
    from core.tickets as t
    inner join raw.tickets as r on t.site_id = r.site_id and t.ticket_id = r.ticket_id and not r._is_deleted
    inner join core.sites as s on t.site_id = s.site_id
    inner join core.rule_failure_work_classes as w on t.work_class = w.work_class
    where not t.is_void and t.first_restored_at is not null
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
)

select
    t.site_id,
    t.ticket_id,
    t.asset_id,
    t.is_use_failure,
    t.is_asset_bound,
    t.fault_family_code,
    t.first_restored_at,
    t.restored_at,
    local_date(t.first_restored_at, t.timezone) as first_restored_on,
    t.second_visit_reason,
    coalesce(e.visit_count, 0) as visit_count,
    e.broken_by,
    e.passed_on_by,
    e.reopened_at
from repairs as t
left join events as e on t.site_id = e.site_id and t.ticket_id = e.ticket_id
order by t.site_id, t.ticket_id
