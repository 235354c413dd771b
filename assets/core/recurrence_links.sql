-- description: "Each failure of a device and fault family with the one before and after it on the device's clock in service, and the chain that it belongs to."
-- grain: [site_id, episode_id]
-- by: [site_id, asset_id]
-- restless: not is_settled
-- columns:
--   site_id: site
--   episode_id: the ticket that came first
--   asset_id: asset
--   fault_family_code: fault family
--   chain_id: the failure with which the chain began; its own when nothing came before within the window
--   link_number: place in the chain, from 1
--   gap_seconds: seconds in service from the restoration before to this report, NULL for the first
--   next_gap_seconds: seconds in service from this restoration to the next report, NULL without one
--   is_repeat: the gap lies within the medium window
--   watched_seconds: seconds in service seen after the restoration, at most the longest window; NULL while open
--   is_settled: the longest window is over or the device is retired, so that time moves nothing more
--   retired_at: retirement of the device, which ends the watching; NULL in use (UTC)
with retired as (
    select site_id, asset_id, min(from_at) as retired_at
    from core.asset_state_spans
    where state = 'retired' and to_at is null
    group by site_id, asset_id
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
),

neighbours as (
    select
        e.site_id,
        e.episode_id,
        e.asset_id,
        e.fault_family_code,
        e.started_at,
        e.restored_second,
        e.started_second - lag(e.restored_second) over neighbourhood as gap_seconds,
        lead(e.started_second) over neighbourhood - e.restored_second as next_gap_seconds,
        row_number() over neighbourhood as failure_number
    from core.fault_episodes as e
    window neighbourhood as (
        partition by e.site_id, e.asset_id, e.fault_family_code order by e.started_at, e.episode_id
    )
),

flagged as (
    select n.*, coalesce(n.gap_seconds <= r.medium_seconds, false) as is_repeat
    from neighbours as n
    cross join core.rule_recurrence as r
)

select
    i.site_id,
    i.episode_id,
    i.asset_id,
    i.fault_family_code,
    last_value(case when not i.is_repeat then i.episode_id end ignore nulls) over so_far as chain_id,
    1 + i.failure_number
    - last_value(case when not i.is_repeat then i.failure_number end ignore nulls) over so_far as link_number,
    i.gap_seconds,
    i.next_gap_seconds,
    i.is_repeat,
    least(s.seen_seconds - i.restored_second, r.watched_seconds) as watched_seconds,
    coalesce(
        s.seen_seconds - i.restored_second >= r.watched_seconds
        or (x.retired_at is not null and i.restored_second is not null),
        false
    ) as is_settled,
    x.retired_at
from flagged as i
cross join core.rule_recurrence as r
left join seen as s on i.site_id = s.site_id and i.asset_id = s.asset_id
left join retired as x on i.site_id = x.site_id and i.asset_id = x.asset_id
window
    so_far as (
        partition by i.site_id, i.asset_id, i.fault_family_code
        order by i.started_at, i.episode_id
        rows between unbounded preceding and current row
    )
order by i.site_id, i.episode_id
