-- description: Who held each ticket, from acceptance or transfer to the next change of hands, the restoration or as-of.
-- grain: [site_id, ticket_id, from_at, span_order]
-- by: [site_id, ticket_id]
-- restless: to_at >= as_of
-- live: true
-- columns:
--   site_id: site
--   ticket_id: ticket
--   engineer_id: holder
--   from_at: start (UTC)
--   to_at: end, exclusive (UTC); as-of while it is held
--   is_current: still held at as-of
--   span_order: event that began the span
with turns as (
    select
        e.site_id,
        e.ticket_id,
        e.at,
        e.event_order,
        case
            when e.type = 'transferred' then coalesce(e.to_engineer_id, '')
            when e.type in ('accepted', 'work_started', 'arrived') then e.engineer_id
            when e.type in ('restored', 'cancelled', 'merged', 'closed') then ''
        end as holder,
        e.type
    from core.ticket_events as e
    where
        not e.is_out_of_order
        and e.type in (
            'accepted', 'arrived', 'work_started', 'transferred',
            'restored', 'cancelled', 'merged', 'closed', 'reopened'
        )
),

marked as (
    select
        t.*,
        last_value(
            case when t.holder = '' and t.type != 'transferred' then 'ended' when t.type = 'reopened' then 'open' end
            ignore nulls
        ) over (
            partition by t.site_id, t.ticket_id order by t.event_order
            rows between unbounded preceding and current row
        ) as phase
    from turns as t
),

known as (
    select
        t.*,
        last_value(nullif(t.holder, '') ignore nulls) over (
            partition by t.site_id, t.ticket_id order by t.event_order
            rows between unbounded preceding and current row
        ) as last_known
    from marked as t
    where t.holder = '' or t.type = 'reopened' or coalesce(t.phase, 'open') = 'open'
),

resumed as (
    select
        k.site_id,
        k.ticket_id,
        k.at,
        k.event_order,
        case when k.type = 'reopened' then k.last_known else k.holder end as holder
    from known as k
),

stated as (
    select
        r.*,
        lag(r.holder) over (partition by r.site_id, r.ticket_id order by r.event_order) as previous_holder
    from resumed as r
    where r.holder is not null
),

spans as (
    select
        s.site_id,
        s.ticket_id,
        s.holder,
        s.at as from_at,
        s.event_order as span_order,
        lead(s.at) over (partition by s.site_id, s.ticket_id order by s.event_order) as next_at
    from stated as s
    where s.holder is distinct from s.previous_holder
)

select
    p.site_id,
    p.ticket_id,
    p.holder as engineer_id,
    p.from_at,
    coalesce(least(p.next_at, t.ended_at), c.as_of) as to_at,
    p.next_at is null and t.is_open as is_current,
    p.span_order
from spans as p
inner join core.tickets as t on p.site_id = t.site_id and p.ticket_id = t.ticket_id
cross join core.run_context as c
where p.holder != '' and (t.ended_at is null or p.from_at <= t.ended_at)
order by p.site_id, p.ticket_id, p.span_order
