-- table: ticket_costs
-- severity: warning
-- aspect: unique
-- zh: 同一供应商、发票号、工单、金额的费用记了两次
-- en: the same amount of one invoice is booked twice on a ticket
select
    cost_line.site_id,
    cost_line.vendor_id,
    cost_line.invoice_no,
    cost_line.ticket_id,
    cost_line.part_id,
    cost_line.amount_cny
from raw.ticket_costs as cost_line
where not cost_line._is_deleted and cost_line.invoice_no is not null
group by
    cost_line.site_id,
    cost_line.vendor_id,
    cost_line.invoice_no,
    cost_line.ticket_id,
    cost_line.part_id,
    cost_line.amount_cny
having count(*) > 1
