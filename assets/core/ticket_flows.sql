-- description: "Every time a ticket entered or left the backlog: the backlog at the end is that at the start plus what came in less what went out."
-- grain: [site_id, ticket_id, direction, moved_at]
-- by: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   direction: in or out
--   kind: reported, reopened, restored, cancelled, merged, or closed without a restoration
--   moved_at: instant (UTC)
--   moved_on: its local day
with spans as (
    select
        p.site_id,
        p.ticket_id,
        p.from_at,
        p.to_at,
        lag(p.to_at) over in_order as previous_to,
        lead(p.from_at) over in_order as next_from,
        row_number() over in_order as place
    from core.status_spans as p
    window in_order as (partition by p.site_id, p.ticket_id order by p.from_order)
),

moves as (
    select
        site_id,
        ticket_id,
        'in' as direction,
        case place when 1 then 'reported' else 'reopened' end as kind,
        from_at as moved_at
    from spans
    where previous_to is distinct from from_at
    union all
    select m.site_id, m.ticket_id, 'out', null, m.to_at
    from spans as m
    where m.to_at is not null and m.next_from is distinct from m.to_at
)

select
    m.site_id,
    m.ticket_id,
    m.direction,
    coalesce(
        m.kind,
        case
            when f.cancelled_at is not null and t.is_void then 'cancelled'
            when t.is_void then 'merged'
            when f.first_restored_at is null or f.first_restored_at > m.moved_at then 'closed'
            else 'restored'
        end
    ) as kind,
    m.moved_at,
    local_date(m.moved_at, s.timezone) as moved_on
from moves as m
inner join core.tickets as t on m.site_id = t.site_id and m.ticket_id = t.ticket_id
inner join core.sites as s on m.site_id = s.site_id
left join core.ticket_facts as f on m.site_id = f.site_id and m.ticket_id = f.ticket_id
order by m.site_id, m.ticket_id, m.direction, m.moved_at
