-- description: "Failures of the devices of one place by fault family: whether they went on after the device was swapped."
-- grain: [site_id, place_id, episode_id]
-- columns:
--   site_id: site
--   place_id: place
--   episode_id: failure
--   asset_id: device that stood there then
--   fault_family_code: fault family
--   chain_id: the failure with which the chain at the place began
--   link_number: place in the chain, from 1
--   device_number: which device of the place
--   gap_seconds: seconds in service of the place since the restoration before, NULL for the first
--   is_repeat: the gap lies within the medium window
--   watched_seconds: seconds in service of the place seen after the restoration, at most the longest window; NULL while open
--   is_exposed: the device was swapped within the medium window after the restoration, before another failure
with seen as (
    select p.site_id, p.place_id, sum(seconds_between(p.from_at, least(p.to_at, c.as_of)))::bigint as seen_seconds
    from core.place_spans as p
    cross join core.run_context as c
    where p.from_at < c.as_of
    group by p.site_id, p.place_id
),

placed as (
    select
        p.site_id,
        p.place_id,
        e.episode_id,
        e.asset_id,
        e.fault_family_code,
        p.device_number,
        e.started_at,
        p.seconds_before + seconds_between(p.from_at, e.started_at) as started_second,
        p.seconds_before + seconds_between(p.from_at, least(e.restored_at, p.to_at)) as restored_second,
        max(p.seconds_before + seconds_between(p.from_at, p.to_at)) over (
            partition by p.site_id, p.place_id, p.device_number
        ) as device_ends_second
    from core.fault_episodes as e
    inner join core.place_spans as p
        on
            e.site_id = p.site_id
            and e.asset_id = p.asset_id
            and e.started_at >= p.from_at
            and e.started_at < p.to_at
),

neighbours as (
    select
        d.*,
        d.started_second - lag(d.restored_second) over neighbourhood as gap_seconds,
        lead(d.started_second) over neighbourhood as next_second
    from placed as d
    window neighbourhood as (
        partition by d.site_id, d.place_id, d.fault_family_code order by d.started_at, d.episode_id
    )
),

islands as (
    select
        n.*,
        coalesce(n.gap_seconds <= r.medium_seconds, false) as is_repeat,
        sum(case when n.gap_seconds <= r.medium_seconds then 0 else 1 end) over (
            partition by n.site_id, n.place_id, n.fault_family_code
            order by n.started_at, n.episode_id
            rows between unbounded preceding and current row
        ) as island
    from neighbours as n
    cross join core.rule_recurrence as r
)

select
    i.site_id,
    i.place_id,
    i.episode_id,
    i.asset_id,
    i.fault_family_code,
    first_value(i.episode_id) over chain as chain_id,
    row_number() over chain as link_number,
    i.device_number,
    i.gap_seconds,
    i.is_repeat,
    least(s.seen_seconds - i.restored_second, r.watched_seconds) as watched_seconds,
    coalesce(
        i.device_ends_second <= i.restored_second + r.medium_seconds
        and i.device_ends_second < s.seen_seconds
        and (i.next_second is null or i.next_second >= i.device_ends_second),
        false
    ) as is_exposed
from islands as i
inner join seen as s on i.site_id = s.site_id and i.place_id = s.place_id
cross join core.rule_recurrence as r
window
    chain as (
        partition by i.site_id, i.place_id, i.fault_family_code, i.island order by i.started_at, i.episode_id
    )
order by i.site_id, i.place_id, i.episode_id
