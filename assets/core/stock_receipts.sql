-- description: "Receipts with a price, and the moving weighted average price that each leaves behind (移动加权平均): (quantity before × average before + quantity × price) / quantity after."
-- grain: [site_id, part_id, place]
-- by: [site_id, part_id]
-- columns:
--   site_id: site
--   part_id: part
--   place: number of the receipt, from 1
--   move_id: stock move
--   at: instant (UTC)
--   average_micro_cny: average price of a unit after it (micro-CNY); stock of unknown price before the first receipt takes that one's
with recursive moves as (
    select
        m.site_id,
        m.part_id,
        m.move_id,
        m.at,
        m.kind,
        (m.quantity * 1000)::hugeint as quantity_milli,
        (m.unit_price_cny * 1000000)::hugeint as price_micro,
        sum(
            case
                when m.kind in ('in', 'return', 'transfer_in', 'adjust') then (m.quantity * 1000)::hugeint
                when m.kind in ('out', 'transfer_out') then -(m.quantity * 1000)::hugeint
                else 0
            end
        ) over (
            partition by m.site_id, m.part_id
            order by m.at, m.move_id
            rows between unbounded preceding and 1 preceding
        )::hugeint as before_milli
    from raw.stock_moves as m
    cross join core.run_context as c
    where not m._is_deleted and m.at <= c.as_of
),

receipts as (
    select
        m.site_id,
        m.part_id,
        m.move_id,
        m.at,
        m.quantity_milli,
        m.price_micro,
        m.before_milli,
        row_number() over (partition by m.site_id, m.part_id order by m.at, m.move_id) as place
    from moves as m
    where m.kind = 'in' and m.price_micro is not null and m.quantity_milli > 0
),

averaged as (
    select r.site_id, r.part_id, r.place, r.move_id, r.at, r.price_micro as average_micro
    from receipts as r
    where r.place = 1
    union all
    select
        r.site_id,
        r.part_id,
        r.place,
        r.move_id,
        r.at,
        case
            when r.before_milli <= 0 then r.price_micro
            else
                (
                    2 * (r.before_milli * v.average_micro + r.quantity_milli * r.price_micro)
                    + r.before_milli + r.quantity_milli
                ) // (2 * (r.before_milli + r.quantity_milli))
        end
    from averaged as v
    inner join receipts as r on v.site_id = r.site_id and v.part_id = r.part_id and r.place = v.place + 1
)

select site_id, part_id, place, move_id, averaged.at, average_micro::bigint as average_micro_cny
from averaged
order by site_id, part_id, place
