select
    site_id,
    article_id,
    ticket_id,
    knowledge_uses.at,
    engineer_id,
    kind
from source.knowledge_uses
