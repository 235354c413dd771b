-- description: "One row per ticket and clock: net and gross working time, the instant of the breach, and the period it belongs to."
-- grain: [site_id, ticket_id, clock]
-- by: [site_id, ticket_id]
-- restless: stop_at is null
-- live: true
-- columns:
--   site_id: site
--   ticket_id: ticket
--   clock: accept, arrive, restore, vendor (sent out until back) or loaner (report until a spare machine is lent)
--   start_at: report; for vendor the first sending (UTC)
--   stop_at: when the clock stopped; NULL while it runs
--   is_missing: done without the stamp that stops this clock; left out of attainment unless it had been breached
--   is_reliable: every day the clock touches is covered by its calendar
--   target_seconds: target (s of the calendar)
--   calendar_id: calendar
--   net_seconds: working time without the allowed pauses (s)
--   gross_seconds: working time with them, without the time in which nothing was owed, from a restoration to its reopening or from one stay at a vendor to the next (s)
--   elapsed_seconds: wall-clock time (s)
--   breached_at: first instant at which net time reached the target, if it went beyond (UTC)
--   due_at: when it will breach if nothing stops it; NULL when stopped, breached or paused, or when its calendar does not know that day yet
--   is_paused: the clock rests at as-of
--   is_counted: stopped or breached, so it counts in a period
--   is_met_net: within target, pauses deducted
--   is_met_gross: within target, pauses not deducted
--   period_on: local day of the earlier of breach and stop; of stop or as-of where the clock is not reliable; NULL while it is not counted
--   rules_effective_from: since when the target's version counts (site's own clock)
with nets as (
    select
        site_id,
        ticket_id,
        clock,
        count(*) = count(to_second - from_second) as is_covered,
        (sum(to_second - from_second) filter (where basis = 'net'))::bigint as net_seconds,
        (sum(to_second - from_second) filter (where basis = 'gross'))::bigint as gross_seconds,
        max(to_second) as end_second
    from core.clock_segments
    group by site_id, ticket_id, clock
),

covered_nets as (
    select
        site_id,
        ticket_id,
        clock,
        case when is_covered then net_seconds end as net_seconds,
        case when is_covered then gross_seconds end as gross_seconds,
        end_second
    from nets
),

turning as (
    select
        s.site_id,
        s.ticket_id,
        s.clock,
        s.from_second + (k.target_seconds - s.seconds_before) as target_second
    from core.clock_segments as s
    inner join core.clock_runs as k on s.site_id = k.site_id and s.ticket_id = k.ticket_id and s.clock = k.clock
    where
        s.basis = 'net'
        and s.seconds_before < k.target_seconds
        and k.target_seconds <= s.seconds_before + (s.to_second - s.from_second)
),

resting as (
    select p.site_id, p.ticket_id, p.clock
    from core.clock_pauses as p
    inner join core.clock_runs as k on p.site_id = k.site_id and p.ticket_id = k.ticket_id and p.clock = k.clock
    where p.basis = 'net' and p.to_at >= k.end_at and k.stop_at is null and not k.is_missing
),

judged as (
    select
        k.*,
        n.net_seconds,
        n.gross_seconds,
        n.end_second,
        n.net_seconds > k.target_seconds as is_breached,
        case when n.net_seconds > k.target_seconds then g.target_second end as breach_second,
        r.ticket_id is not null as is_paused
    from core.clock_runs as k
    inner join covered_nets as n on k.site_id = n.site_id and k.ticket_id = n.ticket_id and k.clock = n.clock
    left join turning as g on k.site_id = g.site_id and k.ticket_id = g.ticket_id and k.clock = g.clock
    left join resting as r on k.site_id = r.site_id and k.ticket_id = r.ticket_id and k.clock = r.clock
),

placed as (
    select
        j.*,
        coalesce(
            j.breach_second,
            case
                when j.stop_at is null and not j.is_paused and not j.is_missing
                    then j.end_second + (j.target_seconds - j.net_seconds)
            end
        ) as turning_second
    from judged as j
),

timed as (
    select
        p.*,
        v.covered_to,
        i.ends_at,
        i.starts_at + to_seconds(p.turning_second - i.seconds_before) as turning_at
    from placed as p
    asof left join core.rule_calendar_coverage as v
        on p.calendar_id = v.calendar_id and p.end_at >= v.covered_from
    asof left join core.rule_calendar_intervals as i
        on p.calendar_id = i.calendar_id and p.turning_second > i.seconds_before
)

select
    t.site_id,
    t.ticket_id,
    t.clock,
    t.start_at,
    t.stop_at,
    t.is_missing,
    t.net_seconds is not null as is_reliable,
    t.target_seconds,
    t.calendar_id,
    t.net_seconds,
    t.gross_seconds,
    seconds_between(t.start_at, t.end_at) as elapsed_seconds,
    case when t.is_breached then t.turning_at end as breached_at,
    case
        when
            not t.is_breached and t.stop_at is null and not t.is_paused and not t.is_missing
            -- beyond the known days nobody can tell
            and t.turning_at <= least(t.covered_to, t.ends_at)
            then t.turning_at
    end as due_at,
    t.is_paused,
    t.net_seconds is not null and (t.stop_at is not null or t.is_breached) as is_counted,
    not t.is_breached as is_met_net,
    t.gross_seconds <= t.target_seconds as is_met_gross,
    local_date(
        case
            when t.net_seconds is null then t.end_at
            when t.is_breached then least(t.turning_at, t.stop_at)
            else t.stop_at
        end,
        s.timezone
    ) as period_on,
    t.rules_effective_from
from timed as t
inner join core.sites as s on t.site_id = s.site_id
order by t.site_id, t.ticket_id, t.clock
