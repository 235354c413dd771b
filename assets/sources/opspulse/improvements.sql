select
    site_id,
    improvement_id,
    topic,
    cause_code,
    measure,
    metric_id,
    scope,
    control_scope,
    target_value,
    owner_engineer_id,
    started_on,
    ended_on,
    status
from source.improvements
