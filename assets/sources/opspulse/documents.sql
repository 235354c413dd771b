select
    site_id,
    document_id,
    system_id,
    kind,
    owner_engineer_id,
    updated_at
from source.documents
