-- description: Satisfaction surveys. GLPI deletes the row when the ticket is reopened.
-- needs: [glpi_ticketsatisfactions]
select
    null::varchar as site_id,
    s.id::varchar as rating_id,
    s.tickets_id::varchar as ticket_id,
    s.date_begin as asked_at,
    s.date_answered as rated_at,
    null::varchar as response_speed,
    null::varchar as professionalism,
    null::varchar as communication,
    -- GLPI 11 lets an entity choose another scale and keeps the value on five beside it
    case when s.date_answered is not null then coalesce(s.satisfaction_scaled_to_5, s.satisfaction::varchar) end
        as overall,
    5 as scale_max,
    null::boolean as is_auto,
    null::boolean as is_self,
    html_text(s.comment) as comment
from source.glpi_ticketsatisfactions as s
inner join source.glpi_tickets as t on s.tickets_id = t.id
where coalesce(t.is_deleted, 0) = 0
