-- description: "What each stock move is worth: the source's price, else the moving weighted average then in force; and a 尾差 row of its own where the stock runs out and cents are left over."
-- grain: [site_id, value_id]
-- by: [site_id, part_id]
-- columns:
--   site_id: site
--   value_id: stock move, or rounding and the move that emptied the stock
--   part_id: part
--   store_id: store
--   on_date: local day
--   kind: kind of move, or rounding
--   value_cny: signed change of the stock's value (CNY); NULL without any price
with moves as (
    select
        m.site_id,
        m.part_id,
        m.store_id,
        m.move_id,
        m.at,
        m.kind,
        local_date(m.at, s.timezone) as on_date,
        case
            when m.kind in ('in', 'return', 'transfer_in', 'adjust') then (m.quantity * 1000)::hugeint
            when m.kind in ('out', 'transfer_out') then -(m.quantity * 1000)::hugeint
            else 0::hugeint
        end as signed_milli,
        (coalesce(m.unit_price_cny, p.unit_price_cny) * 1000000)::hugeint as own_micro,
        m.unit_price_cny is not null as has_own_price,
        r.move_id is not null as is_receipt
    from raw.stock_moves as m
    inner join core.sites as s on m.site_id = s.site_id
    cross join core.run_context as c
    left join raw.parts as p on m.site_id = p.site_id and m.part_id = p.part_id and not p._is_deleted
    left join core.stock_receipts as r on m.site_id = r.site_id and m.part_id = r.part_id and m.move_id = r.move_id
    where not m._is_deleted and m.at <= c.as_of
),

placed as (
    select
        m.*,
        count_if(m.is_receipt) over so_far as place,
        sum(m.signed_milli) over so_far as balance_milli
    from moves as m
    window so_far as (
        partition by m.site_id, m.part_id order by m.at, m.move_id rows between unbounded preceding and current row
    )
),

valued as (
    select
        p.site_id,
        p.part_id,
        p.store_id,
        p.move_id,
        p.at,
        p.kind,
        p.on_date,
        p.balance_milli,
        case
            when p.signed_milli = 0 then 0
            else
                sign(p.signed_milli)
                * ((
                    2 * abs(p.signed_milli)
                    * case
                        when p.has_own_price then p.own_micro
                        else coalesce(r.average_micro_cny, p.own_micro)
                    end + 10000000
                ) // 20000000)
        end::hugeint as value_fen
    from placed as p
    left join core.stock_receipts as r on p.site_id = r.site_id and p.part_id = r.part_id and p.place = r.place
),

turns as (
    -- an epoch ends with the move that leaves nothing; what its values do not cancel is rounding
    select
        v.*,
        coalesce(sum(case when v.balance_milli = 0 then 1 else 0 end) over (
            partition by v.site_id, v.part_id order by v.at, v.move_id
            rows between unbounded preceding and 1 preceding
        ), 0) as epoch
    from valued as v
),

leftovers as (
    select
        t.*,
        sum(t.value_fen) over (
            partition by t.site_id, t.part_id, t.epoch order by t.at, t.move_id
            rows between unbounded preceding and current row
        ) as left_fen
    from turns as t
)

select
    l.site_id,
    l.move_id as value_id,
    l.part_id,
    l.store_id,
    l.on_date,
    l.kind,
    (l.value_fen::bigint * 0.01::decimal(3, 2))::decimal(18, 2) as value_cny
from leftovers as l
union all
select
    l.site_id,
    'rounding:' || l.move_id,
    l.part_id,
    l.store_id,
    l.on_date,
    'rounding',
    (-l.left_fen::bigint * 0.01::decimal(3, 2))::decimal(18, 2)
from leftovers as l
where l.balance_milli = 0 and l.left_fen != 0
order by 1, 2
