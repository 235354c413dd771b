select
    site_id,
    loan_id,
    asset_id,
    ticket_id,
    department_id,
    lent_at,
    due_at,
    returned_at,
    outcome
from source.loans
