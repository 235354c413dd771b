-- table: vendor_bills
-- severity: warning
-- aspect: unique
-- zh: 同一合同同一个月有两张金额相同的账单
-- en: a contract is billed the same amount twice for one month
select
    bill.site_id,
    bill.contract_id,
    bill.month
from raw.vendor_bills as bill
where not bill._is_deleted
group by bill.site_id, bill.contract_id, bill.month, bill.amount_cny
having count(*) > 1
