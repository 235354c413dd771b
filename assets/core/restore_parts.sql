-- description: "Where the time of each restored ticket went: every second from the report to the restoration that holds belongs to exactly one part."
-- grain: [site_id, ticket_id]
-- by: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   accept_wait_seconds: report to acceptance (s)
--   travel_seconds: acceptance to arrival (s)
--   diagnosis_seconds: arrival to the start of work (s)
--   repair_seconds: from the start of work; from arrival, or from acceptance without a visit, where no start is on record (s)
--   waiting_part_seconds: paused for a part (s)
--   waiting_user_seconds: paused for the user (s)
--   vendor_seconds: away at a vendor; wins over any pause in that time (s)
--   approval_seconds: paused for an approval (s)
--   force_majeure_seconds: paused by force majeure (s)
--   other_seconds: paused without a reason, or the stamps are missing that would tell the parts apart (s)
--   reopened_gap_seconds: restored until reopened; no down time (s)
--   restore_seconds: report to the restoration that holds, the sum of all parts (s)
with restored as (
    select
        site_id,
        ticket_id,
        is_onsite,
        reported_at,
        accepted_at,
        arrived_at,
        work_started_at,
        restored_at,
        restore_seconds
    from core.tickets
    where restored_at is not null
),

-- a pause but the vendor's and the gap never overlap each other, so the sum of their places names one
places as (
    select 1 as place, 'waiting_part' as reason_code
    union all
    select 2, 'waiting_user'
    union all
    select 3, 'approval'
    union all
    select 4, 'force_majeure'
),

pauses as (
    select
        p.site_id,
        p.ticket_id,
        greatest(p.from_at, t.reported_at) as from_at,
        least(p.to_at, t.restored_at) as to_at,
        (p.reason_code = 'vendor')::integer as vendor_step,
        (p.reason_code = 'reopened_gap')::integer as gap_step,
        case when p.reason_code in ('vendor', 'reopened_gap') then 0 else coalesce(r.place, 9) end as place
    from core.pause_spans as p
    inner join restored as t on p.site_id = t.site_id and p.ticket_id = t.ticket_id
    left join places as r on p.reason_code = r.reason_code
    where p.from_at < t.restored_at and p.to_at > t.reported_at
),

marks as (
    select site_id, ticket_id, reported_at as marked_at, 0 as vendor_step, 0 as gap_step, 0 as place from restored
    union all
    select site_id, ticket_id, accepted_at, 0, 0, 0 from restored where accepted_at < restored_at
    union all
    select site_id, ticket_id, arrived_at, 0, 0, 0 from restored where arrived_at < restored_at
    union all
    select site_id, ticket_id, work_started_at, 0, 0, 0 from restored where work_started_at < restored_at
    union all
    select site_id, ticket_id, from_at, vendor_step, gap_step, place from pauses
    union all
    select site_id, ticket_id, to_at, -vendor_step, -gap_step, -place from pauses
),

moments as (
    select
        site_id,
        ticket_id,
        marked_at,
        sum(vendor_step) as vendor_step,
        sum(gap_step) as gap_step,
        sum(place) as place
    from marks
    group by site_id, ticket_id, marked_at
),

segments as (
    select
        m.site_id,
        m.ticket_id,
        m.marked_at as from_at,
        lead(m.marked_at) over in_order as to_at,
        sum(m.vendor_step) over in_order as vendors,
        sum(m.gap_step) over in_order as gaps,
        sum(m.place) over in_order as place
    from moments as m
    window in_order as (partition by m.site_id, m.ticket_id order by m.marked_at)
),

named as (
    select
        g.site_id,
        g.ticket_id,
        seconds_between(g.from_at, coalesce(g.to_at, t.restored_at)) as seconds,
        case
            when g.gaps > 0 then 'reopened_gap'
            when g.vendors > 0 then 'vendor'
            when g.place > 0 then coalesce(r.reason_code, 'other')
            when g.from_at >= t.work_started_at then 'repair'
            when g.from_at >= t.arrived_at then if(t.work_started_at is null, 'repair', 'diagnosis')
            when g.from_at >= t.accepted_at and t.arrived_at is not null then 'travel'
            when g.from_at >= t.accepted_at and t.work_started_at is null and not t.is_onsite then 'repair'
            when g.from_at < coalesce(t.accepted_at, t.arrived_at, t.work_started_at) then 'accept_wait'
            else 'other'
        end as part
    from segments as g
    inner join restored as t on g.site_id = t.site_id and g.ticket_id = t.ticket_id
    left join places as r on g.place = r.place
)

select
    t.site_id,
    t.ticket_id,
    coalesce(sum(n.seconds) filter (where n.part = 'accept_wait'), 0)::bigint as accept_wait_seconds,
    coalesce(sum(n.seconds) filter (where n.part = 'travel'), 0)::bigint as travel_seconds,
    coalesce(sum(n.seconds) filter (where n.part = 'diagnosis'), 0)::bigint as diagnosis_seconds,
    coalesce(sum(n.seconds) filter (where n.part = 'repair'), 0)::bigint as repair_seconds,
    coalesce(sum(n.seconds) filter (where n.part = 'waiting_part'), 0)::bigint as waiting_part_seconds,
    coalesce(sum(n.seconds) filter (where n.part = 'waiting_user'), 0)::bigint as waiting_user_seconds,
    coalesce(sum(n.seconds) filter (where n.part = 'vendor'), 0)::bigint as vendor_seconds,
    coalesce(sum(n.seconds) filter (where n.part = 'approval'), 0)::bigint as approval_seconds,
    coalesce(sum(n.seconds) filter (where n.part = 'force_majeure'), 0)::bigint as force_majeure_seconds,
    coalesce(sum(n.seconds) filter (where n.part = 'other'), 0)::bigint as other_seconds,
    coalesce(sum(n.seconds) filter (where n.part = 'reopened_gap'), 0)::bigint as reopened_gap_seconds,
    any_value(t.restore_seconds) as restore_seconds
from restored as t
left join named as n on t.site_id = n.site_id and t.ticket_id = n.ticket_id
group by t.site_id, t.ticket_id
order by t.site_id, t.ticket_id
