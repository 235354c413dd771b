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
with ordered as (
    select
        a.*,
        max(a.to_at) over (
            partition by a.site_id, a.ticket_id, a.clock, a.basis
            order by a.from_at, a.to_at
            rows between unbounded preceding and 1 preceding
        ) as covered_to
    from core.clock_allowances as a
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
