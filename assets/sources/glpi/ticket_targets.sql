-- description: "What GLPI's own SLA promises: taken into account (TTO) and solved (TTR)."
-- needs: [glpi_tickets]
with targets as (
    select
        t.id,
        'accept' as clock,
        t.time_to_own as due_at,
        t.takeintoaccountdate as reached_at
    from source.glpi_tickets as t
    where coalesce(t.is_deleted, 0) = 0
    union all
    select
        t.id,
        'restore' as clock,
        t.time_to_resolve as due_at,
        case when t.status in (5, 6) then t.solvedate end as reached_at
    from source.glpi_tickets as t
    where coalesce(t.is_deleted, 0) = 0
)

select
    null::varchar as site_id,
    id::varchar as ticket_id,
    clock,
    due_at,
    -- NULL while it runs
    reached_at <= due_at as is_met
from targets
where due_at is not null
