-- description: "How each ticket was taken on and passed around, and the steps it reached, with its dimensions."
-- grain: [site_id, ticket_id]
-- by: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   department_id: department
--   zone: zone of the department
--   asset_class: class of device
--   brand: maker
--   model: model
--   ownership: ownership of the asset
--   fault_family: fault family
--   fault_group: group of the family
--   work_class: class of work
--   channel: channel
--   priority: priority
--   urgency: urgency
--   engineer_id: current or last holder
--   engineer_group: that engineer's team
--   ticket_no: number people use
--   reported_on: local day of the report
--   is_accepted: somebody accepted it
--   is_auto_accepted: accepted within seconds of its dispatch, so by no person
--   accept_to_action_seconds: acceptance to the first action (s), NULL before
--   is_accept_judged: accepted, and acted upon or idle for too long already
--   is_idle_after_accept: nothing happened for too long after acceptance
--   is_dispatched: dispatched at least once
--   is_misdispatched: passed on first because of place, content or skill
--   is_held_ever: somebody held it
--   is_ping_pong: it came back to somebody who had passed it on
--   transfer_count: transfers
--   standard_seconds: standard hands-on time of its kind of work (s)
--   rated_at: first answer of a person to the request for a rating (UTC)
--   last_step: the last step that an ended ticket reached, NULL while it is open
--   created_seconds: the latest step before to created (s), NULL where it was not reached
--   dispatched_seconds: the latest step before to dispatched (s), NULL where it was not reached
--   accepted_seconds: the latest step before to accepted (s), NULL where it was not reached
--   arrived_seconds: the latest step before to arrived (s), NULL where it was not reached
--   restored_seconds: the latest step before to restored (s), NULL where it was not reached
--   verified_seconds: the latest step before to verified (s), NULL where it was not reached
--   rated_seconds: the latest step before to rated (s), NULL where it was not reached
with answers as (
    select site_id, ticket_id, min(rated_at) as rated_at
    from core.ratings
    where is_counted
    group by site_id, ticket_id
)

select
    x.site_id,
    x.ticket_id,
    t.department_id,
    t.zone,
    t.asset_class,
    t.brand,
    t.model,
    t.ownership,
    t.fault_family,
    t.fault_group,
    t.work_class,
    t.channel,
    t.priority,
    t.urgency,
    t.engineer_id,
    t.engineer_group,
    t.ticket_no,
    t.reported_on,
    t.accepted_at is not null as is_accepted,
    x.is_auto_accepted,
    x.accept_to_action_seconds,
    x.is_accept_judged,
    x.is_idle_after_accept,
    t.dispatched_at is not null as is_dispatched,
    x.is_misdispatched,
    x.holder_count > 0 as is_held_ever,
    x.is_ping_pong,
    t.transfer_count,
    w.standard_seconds,
    g.rated_at,
    case
        when t.is_open then null
        when g.rated_at is not null then 'rated'
        when t.verified_at is not null then 'verified'
        when t.restored_at is not null then 'restored'
        when t.arrived_at is not null then 'arrived'
        when t.accepted_at is not null then 'accepted'
        when t.dispatched_at is not null then 'dispatched'
        when t.created_at is not null then 'created'
        else 'reported'
    end as last_step,
    seconds_between(least(t.reported_at, t.created_at), t.created_at) as created_seconds,
    seconds_between(
        least(
            greatest(t.reported_at, t.created_at),
            t.dispatched_at
        ),
        t.dispatched_at
    ) as dispatched_seconds,
    seconds_between(
        least(
            greatest(t.reported_at, t.created_at, t.dispatched_at),
            t.accepted_at
        ),
        t.accepted_at
    ) as accepted_seconds,
    seconds_between(
        least(
            greatest(t.reported_at, t.created_at, t.dispatched_at, t.accepted_at),
            t.arrived_at
        ),
        t.arrived_at
    ) as arrived_seconds,
    seconds_between(
        least(
            greatest(t.reported_at, t.created_at, t.dispatched_at, t.accepted_at, t.arrived_at),
            t.restored_at
        ),
        t.restored_at
    ) as restored_seconds,
    seconds_between(
        least(
            greatest(t.reported_at, t.created_at, t.dispatched_at, t.accepted_at, t.arrived_at, t.restored_at),
            t.verified_at
        ),
        t.verified_at
    ) as verified_seconds,
    seconds_between(
        least(
            greatest(
                t.reported_at, t.created_at, t.dispatched_at, t.accepted_at,
                t.arrived_at, t.restored_at, t.verified_at
            ),
            g.rated_at
        ),
        g.rated_at
    ) as rated_seconds
from core.ticket_handling as x
inner join kpi.fact_tickets as t on x.site_id = t.site_id and x.ticket_id = t.ticket_id
left join core.work_units as w on x.site_id = w.site_id and x.ticket_id = w.ticket_id
left join answers as g on x.site_id = g.site_id and x.ticket_id = g.ticket_id
where not t.is_void
order by x.site_id, x.ticket_id
