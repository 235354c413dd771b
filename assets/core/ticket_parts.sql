-- description: "Tickets with parts: what they are charged and what the stores issued for them, part by part."
-- grain: [site_id, ticket_id]
-- by: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   charged_quantity: pieces on the ticket's cost lines
--   issued_quantity: pieces issued for it less those returned
--   unbooked_quantity: issued and not on the ticket, summed over its parts
--   unissued_quantity: on the ticket and not issued, summed over its parts
--   unknown_lines: lines of either side without a part or a quantity
--   is_agreed: both sides name the same parts and quantities
with both_sides as (
    select k.site_id, k.ticket_id, k.part_id, k.quantity as charged, 0 as issued, k.quantity is null as is_unknown
    from core.costs as k
    where k.kind = 'part'
    union all
    select
        m.site_id,
        m.ticket_id,
        m.part_id,
        0 as charged,
        case when m.kind = 'out' then m.quantity else -m.quantity end as issued,
        false as is_unknown
    from raw.stock_moves as m
    cross join core.run_context as c
    where not m._is_deleted and m.kind in ('out', 'return') and m.at <= c.as_of
),

by_part as (
    select
        site_id,
        ticket_id,
        coalesce(sum(charged), 0) as charged,
        coalesce(sum(issued), 0) as issued,
        count_if(is_unknown or part_id is null) as unknown_lines
    from both_sides
    where ticket_id is not null
    group by site_id, ticket_id, part_id
)

select
    site_id,
    ticket_id,
    sum(charged)::decimal(14, 3) as charged_quantity,
    sum(issued)::decimal(14, 3) as issued_quantity,
    sum(greatest(issued - charged, 0))::decimal(14, 3) as unbooked_quantity,
    sum(greatest(charged - issued, 0))::decimal(14, 3) as unissued_quantity,
    sum(unknown_lines)::bigint as unknown_lines,
    sum(unknown_lines) = 0 and bool_and(issued = charged) as is_agreed
from by_part
where issued <> 0 or charged <> 0 or unknown_lines > 0
group by site_id, ticket_id
order by site_id, ticket_id
