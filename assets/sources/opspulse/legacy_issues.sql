select
    site_id,
    issue_id,
    visit_id,
    project_id,
    text,
    opened_at,
    owner_engineer_id,
    due_on,
    closed_at
from source.legacy_issues
