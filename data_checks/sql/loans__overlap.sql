-- table: loans
-- severity: warning
-- aspect: consistent
-- zh: 同一台备机在归还前又被借出
-- en: a device is lent again before it came back
with ordered as (
    select
        loan.site_id,
        loan.loan_id,
        loan.lent_at,
        lag(coalesce(loan.returned_at, timestamp '9999-12-31')) over (
            partition by loan.site_id, loan.asset_id order by loan.lent_at, loan.loan_id
        ) as previous_returned_at
    from raw.loans as loan
    where not loan._is_deleted and loan.asset_id is not null
)

select
    site_id,
    loan_id
from ordered
where lent_at < previous_returned_at
