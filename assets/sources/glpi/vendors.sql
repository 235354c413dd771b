-- description: Suppliers.
-- needs: [glpi_suppliers]
select
    null::varchar as site_id,
    s.id::varchar as vendor_id,
    html_text(s.name) as name,
    null::varchar as level
from source.glpi_suppliers as s
where coalesce(s.is_deleted, 0) = 0
