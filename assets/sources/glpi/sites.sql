-- description: "The one site: the root entity names it, unless it still has GLPI's own name."
-- needs: [glpi_entities]
select
    null::varchar as site_id,
    case
        when e.name not in ('Root entity', 'Root Entity', '根实体', 'Entité racine') then html_text(e.name)
    end as name,
    getvariable('timezone') as timezone,
    null::varchar as org_type,
    null::varchar as level
from source.glpi_entities as e
where e.id = 0
