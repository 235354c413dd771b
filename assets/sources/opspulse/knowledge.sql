select
    site_id,
    article_id,
    fault_family_code,
    title,
    author_engineer_id,
    created_at,
    approved_at,
    reviewed_at
from source.knowledge
