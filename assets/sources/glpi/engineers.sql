-- description: Everyone who was ever assigned to a ticket, worked on one or solved one.
-- needs: [glpi_users, glpi_tickets_users]
with technicians as (
    select u.users_id from source.glpi_tickets_users as u where u.type = 2
    union
    select t.users_id_tech from source.glpi_tickettasks as t
    union
    select s.users_id from source.glpi_itilsolutions as s where s.itemtype = 'Ticket'
    union
    -- assigned once, and removed since
    select try_cast(regexp_extract(l.new_value, '\(([0-9]+)\)\s*$', 1) as bigint)
    from source.glpi_logs as l
    where l.itemtype = 'Ticket' and l.linked_action = 15 and l.id_search_option = 5
)

select
    null::varchar as site_id,
    u.id::varchar as engineer_id,
    coalesce(
        html_text(
            case
                -- Chinese names are written without a space
                when regexp_matches(u.realname, '\p{Han}') then concat(u.realname, u.firstname)
                else concat_ws(' ', nullif(u.realname, ''), nullif(u.firstname, ''))
            end
        ),
        html_text(u.name)
    ) as name,
    null::varchar as skills,
    (u.begin_date at time zone getvariable('timezone'))::date as hired_on,
    (u.end_date at time zone getvariable('timezone'))::date as left_on,
    null::varchar as backup_engineer_id
from source.glpi_users as u
where u.id in (select t.users_id from technicians as t)
