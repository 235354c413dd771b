-- description: "Demand lines for parts: every request, and every issue that no request asked for (it was met at once)."
-- grain: [site_id, demand_id]
-- by: [site_id, ticket_id]
-- restless: is_open or is_met_at_once is null
-- columns:
--   site_id: site
--   demand_id: request, or issue and its stock move
--   part_id: part
--   ticket_id: ticket
--   demanded_on: local day
--   is_met_at_once: issued in full within the time the rules allow; NULL while that time runs
--   wait_seconds: until issued in full, to as-of while it is not (s)
--   is_open: not issued in full yet
--   paused_seconds: what the ticket waited for parts; with its first demand that was not met (s)
with requests as (
    select
        r.site_id,
        r.request_id as demand_id,
        r.part_id,
        r.ticket_id,
        r.requested_at as demanded_at,
        case
            when r.issued_at <= c.as_of and coalesce(r.issued_quantity, r.quantity, 0) >= coalesce(r.quantity, 0)
                then greatest(r.issued_at, r.requested_at)
        end as met_at
    from raw.part_requests as r
    cross join core.run_context as c
    where not r._is_deleted and r.requested_at <= c.as_of
),

asked as (
    select distinct site_id, part_id, ticket_id from requests where ticket_id is not null
),

demands as (
    select site_id, demand_id, part_id, ticket_id, demanded_at, met_at from requests
    union all
    select m.site_id, 'issue:' || m.move_id, m.part_id, m.ticket_id, m.at as demanded_at, m.at as met_at
    from raw.stock_moves as m
    cross join core.run_context as c
    left join asked as a on m.site_id = a.site_id and m.part_id = a.part_id and m.ticket_id = a.ticket_id
    where not m._is_deleted and m.kind = 'out' and m.at <= c.as_of and a.part_id is null
),

judged as (
    select
        d.*,
        s.timezone,
        seconds_between(d.demanded_at, coalesce(d.met_at, c.as_of)) as wait_seconds,
        case
            when d.met_at is not null or seconds_between(d.demanded_at, c.as_of) > x.filled_within_seconds
                then seconds_between(d.demanded_at, coalesce(d.met_at, c.as_of)) <= x.filled_within_seconds
        end as is_met_at_once
    from demands as d
    inner join core.sites as s on d.site_id = s.site_id
    cross join core.run_context as c
    cross join core.rule_cost_terms as x
),

paused as (
    select site_id, ticket_id, sum(seconds_between(from_at, to_at))::bigint as seconds
    from core.pause_spans
    where reason_code = 'waiting_part'
    group by site_id, ticket_id
)

select
    j.site_id,
    j.demand_id,
    j.part_id,
    j.ticket_id,
    local_date(j.demanded_at, j.timezone) as demanded_on,
    j.is_met_at_once,
    j.wait_seconds,
    j.met_at is null as is_open,
    case
        when not j.is_met_at_once and row_number() over (
            partition by j.site_id, j.ticket_id, j.is_met_at_once order by j.demanded_at, j.demand_id
        ) = 1 then coalesce(p.seconds, 0)
        else 0
    end as paused_seconds
from judged as j
left join paused as p on j.site_id = p.site_id and j.ticket_id = p.ticket_id
order by j.site_id, j.demand_id
