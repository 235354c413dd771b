-- description: Articles of the knowledge base.
-- needs: [glpi_knowbaseitems]
select
    null::varchar as site_id,
    k.id::varchar as article_id,
    null::varchar as fault_family_code,
    html_text(k.name) as title,
    k.users_id::varchar as author_engineer_id,
    k.date_creation as created_at,
    null::timestamptz as approved_at,
    null::timestamptz as reviewed_at
from source.glpi_knowbaseitems as k
