-- description: The union of the pauses that each clock's policy allows, clipped to the clock, without overlaps.
-- grain: [site_id, ticket_id, clock, basis, from_at]
-- by: [site_id, ticket_id]
-- live: true
-- columns:
--   site_id: site
--   ticket_id: ticket
--   clock: accept, arrive, restore, vendor or loaner
--   basis: net (every pause that the policy allows) or gross (only the time in which nothing was owed, from a restoration to its reopening or from one stay at a vendor to the next)
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
),

ordered as (
    select
        a.*,
        max(a.to_at) over (
            partition by a.site_id, a.ticket_id, a.clock, a.basis
            order by a.from_at, a.to_at
            rows between unbounded preceding and 1 preceding
        ) as covered_to
    from allowed as a
    where a.from_at < a.to_at
),

islands as (
    select
        o.*,
        sum(case when o.covered_to >= o.from_at then 0 else 1 end) over (
            partition by o.site_id, o.ticket_id, o.clock, o.basis
            order by o.from_at, o.to_at
            rows between unbounded preceding and current row
        ) as island
    from ordered as o
)

select
    site_id,
    ticket_id,
    clock,
    basis,
    min(from_at) as from_at,
    max(to_at) as to_at
from islands
group by site_id, ticket_id, clock, basis, island
order by site_id, ticket_id, clock, basis, from_at
