select
    site_id,
    month,
    cost_centre,
    economic_class,
    amount_cny
from source.budgets
