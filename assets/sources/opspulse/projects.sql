select
    site_id,
    project_id,
    name,
    stage,
    owner_engineer_id,
    planned_on,
    done_on,
    budget_cny,
    spent_cny
from source.projects
