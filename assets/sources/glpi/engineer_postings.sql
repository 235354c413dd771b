-- description: "Today's group of each technician; GLPI keeps no history of it."
-- needs: [glpi_users, glpi_groups_users, glpi_groups]
select
    null::varchar as site_id,
    u.id::varchar as engineer_id,
    (coalesce(u.begin_date, u.date_creation) at time zone getvariable('timezone'))::date as valid_from,
    (u.end_date at time zone getvariable('timezone'))::date as valid_to,
    arg_min(coalesce(html_text(g.completename), html_text(g.name)), m.id) as team,
    null::varchar as role,
    null::varchar as grade,
    null::varchar as zone
from source.glpi_groups_users as m
inner join source.glpi_users as u on m.users_id = u.id
inner join source.glpi_groups as g on m.groups_id = g.id
where
    coalesce(u.begin_date, u.date_creation) is not null
    and u.id in (select a.users_id from source.glpi_tickets_users as a where a.type = 2)
group by u.id, u.begin_date, u.date_creation, u.end_date
