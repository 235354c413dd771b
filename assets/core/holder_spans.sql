-- description: Who held each ticket, from acceptance or transfer to the next change of hands, the restoration or as-of.
-- grain: [site_id, ticket_id, from_at, span_order]
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

known as (
    select
        t.*,
        last_value(nullif(t.holder, '') ignore nulls) over (
            partition by t.site_id, t.ticket_id order by t.event_order
            rows between unbounded preceding and current row
        ) as last_known
    from turns as t
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
    coalesce(p.next_at, c.as_of) as to_at,
    p.next_at is null as is_current,
    p.span_order
from spans as p
cross join core.run_context as c
where p.holder != ''
order by p.site_id, p.ticket_id, p.span_order
