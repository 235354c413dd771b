-- description: Locations, requester groups or entities, as the option department_by says.
-- needs_one_of: [glpi_locations, glpi_groups, glpi_entities]
with places as (
    select
        'location' as kind,
        l.id,
        l.locations_id as parent_id,
        coalesce(html_text(l.completename), html_text(l.name)) as name,
        html_text(split_part(html_decoded(l.completename), ' > ', 1)) as campus,
        html_text(l.building) as building
    from source.glpi_locations as l
    union all
    select
        'group' as kind,
        g.id,
        g.groups_id as parent_id,
        coalesce(html_text(g.completename), html_text(g.name)) as name,
        null as campus,
        null as building
    from source.glpi_groups as g
    where
        coalesce(g.is_requester, 1) = 1
        or g.id in (select r.groups_id from source.glpi_groups_tickets as r where r.type = 1)
    union all
    select
        'entity' as kind,
        e.id,
        case when e.id != 0 and e.entities_id >= 0 then e.entities_id end as parent_id,
        coalesce(html_text(e.completename), html_text(e.name)) as name,
        null as campus,
        null as building
    from source.glpi_entities as e
)

select
    null::varchar as site_id,
    kind || '-' || id as department_id,
    name,
    kind || '-' || parent_id as parent_id,
    campus,
    building as zone,
    null::varchar as department_type,
    null::boolean as is_priority_window,
    null::boolean as is_sensitive_area,
    null::boolean as prefers_onsite,
    null::bigint as staff_count,
    null::bigint as bed_count
from places
where kind = getvariable('department_by')
