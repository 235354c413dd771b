select
    site_id,
    plan_id,
    asset_id,
    kind,
    interval_days,
    interval_usage,
    usage_unit,
    window_days,
    starts_on,
    ends_on,
    risk
from source.pm_plans
