select
    site_id,
    article_id,
    ticket_id,
    at,
    engineer_id,
    kind
from source.knowledge_uses
