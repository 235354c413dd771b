-- description: Time spent, from tasks that carry one. Without a plan a task is written when it is done.
-- needs: [glpi_tickettasks]
with tasks as (
    select
        k.id,
        k.tickets_id,
        coalesce(k.users_id_tech, k.users_id) as users_id,
        coalesce(k.begin, k.date - to_seconds(k.actiontime)) as started_at,
        k.actiontime,
        coalesce(html_text(c.completename), html_text(c.name), 'task') as kind
    from source.glpi_tickettasks as k
    inner join source.glpi_tickets as t on k.tickets_id = t.id
    left join source.glpi_taskcategories as c on k.taskcategories_id = c.id
    -- state 1: still to be done
    where k.actiontime > 0 and coalesce(k.state, 2) != 1 and coalesce(t.is_deleted, 0) = 0
)

select
    null::varchar as site_id,
    tickets_id::varchar as ticket_id,
    users_id::varchar as engineer_id,
    started_at,
    -- two tasks from the same second on are one stretch of work
    started_at + to_seconds(sum(actiontime)::bigint) as ended_at,
    arg_min(kind, id) as kind
from tasks
where users_id is not null and started_at is not null
group by tickets_id, users_id, started_at
