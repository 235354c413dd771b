-- description: "Devices that got a part of one lot, with the window after it in which a failure speaks against the lot."
-- grain: [site_id, part_id, lot_no, asset_id, from_at]
-- columns:
--   site_id: site
--   part_id: part
--   lot_no: lot
--   asset_id: device
--   from_at: issue (UTC)
--   from_second: seconds in service of the device at the issue
--   to_second: the same at the end of the medium window, at the next issue of the lot to it, or at as-of
with issued as (
    select distinct m.site_id, m.part_id, m.lot_no, coalesce(t.asset_id, m.asset_id) as asset_id, m.at as from_at
    from raw.stock_moves as m
    left join core.tickets as t on m.site_id = t.site_id and m.ticket_id = t.ticket_id and t.is_asset_bound
    cross join core.run_context as c
    where not m._is_deleted and m.kind = 'out' and nullif(trim(m.lot_no), '') is not null and m.at <= c.as_of
),

clocked as (
    select
        i.*,
        k.seconds_before + seconds_between(k.from_at, least(i.from_at, k.to_at)) as from_second
    from issued as i
    asof inner join core.service_clock as k
        on i.site_id = k.site_id and i.asset_id = k.asset_id and i.from_at >= k.from_at
),

bounded as (
    select
        d.*,
        least(
            d.from_second + r.medium_seconds,
            coalesce(
                lead(d.from_second) over (
                    partition by d.site_id, d.part_id, d.lot_no, d.asset_id order by d.from_at
                ),
                d.from_second + r.medium_seconds
            )
        ) as to_second
    from clocked as d
    cross join core.rule_recurrence as r
),

seen as (
    select
        k.site_id,
        k.asset_id,
        sum(seconds_between(k.from_at, least(k.to_at, c.as_of)))::bigint as seen_seconds
    from core.service_clock as k
    cross join core.run_context as c
    where k.from_at < c.as_of
    group by k.site_id, k.asset_id
)

select
    b.site_id,
    b.part_id,
    b.lot_no,
    b.asset_id,
    b.from_at,
    b.from_second,
    least(b.to_second, s.seen_seconds) as to_second
from bounded as b
inner join seen as s on b.site_id = s.site_id and b.asset_id = s.asset_id
where b.from_second < least(b.to_second, s.seen_seconds)
order by b.site_id, b.part_id, b.lot_no, b.asset_id, b.from_at
