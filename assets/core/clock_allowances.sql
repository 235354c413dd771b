-- description: The pauses that each clock's policy allows, one by one with their reason, clipped to the clock; they may overlap.
-- grain: [site_id, ticket_id, clock, basis, reason_code, from_at]
-- by: [site_id, ticket_id]
-- live: true
-- columns:
--   site_id: site
--   ticket_id: ticket
--   clock: accept, arrive, restore, vendor or loaner
--   basis: net (every pause that the policy allows) or gross (only the time in which nothing was owed, from a restoration to its reopening or from one stay at a vendor to the next)
--   reason_code: why the work waited; rest for the time in which nothing was owed
--   from_at: start (UTC)
--   to_at: end, exclusive (UTC)
with rests as (
    select
        p.site_id,
        p.ticket_id,
        'restore' as clock,
        p.from_at,
        p.to_at
    from core.pause_spans as p
    where p.reason_code = 'reopened_gap'
    union all
    select
        v.site_id,
        v.ticket_id,
        'vendor' as clock,
        v.to_at as from_at,
        lead(v.from_at) over (partition by v.site_id, v.ticket_id order by v.from_order) as to_at
    from core.vendor_stays as v
),

allowed as (
    select
        k.site_id,
        k.ticket_id,
        k.clock,
        b.basis,
        'rest' as reason_code,
        greatest(r.from_at, k.start_at) as from_at,
        least(r.to_at, k.end_at) as to_at
    from core.clock_runs as k
    inner join rests as r on k.site_id = r.site_id and k.ticket_id = r.ticket_id and k.clock = r.clock
    cross join (values ('net'), ('gross')) as b (basis)
    where r.to_at is not null
    union all
    select
        k.site_id,
        k.ticket_id,
        k.clock,
        'net' as basis,
        p.reason_code,
        greatest(p.from_at, k.start_at) as from_at,
        least(
            p.to_at,
            k.end_at,
            coalesce(p.from_at + to_seconds(y.cap_seconds), timestamp '9999-01-01')
        ) as to_at
    from core.clock_runs as k
    inner join core.pause_spans as p on k.site_id = p.site_id and k.ticket_id = p.ticket_id
    inner join core.rule_pause_policy as y
        on
            k.clock = y.clock
            and p.reason_code = y.reason_code
            and k.rules_at >= y.effective_from
            and k.rules_at < y.effective_until
    where not y.needs_evidence or p.has_evidence
)

select site_id, ticket_id, clock, basis, reason_code, from_at, to_at
from allowed
where from_at < to_at
order by site_id, ticket_id, clock, basis, reason_code, from_at
