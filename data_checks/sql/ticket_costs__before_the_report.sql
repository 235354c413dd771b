-- table: ticket_costs
-- severity: warning
-- aspect: consistent
-- zh: 费用发生日早于工单报修日
-- en: a cost occurred before its ticket was reported
select
    cost_line.site_id,
    cost_line.cost_id
from raw.ticket_costs as cost_line
inner join raw.tickets as ticket
    on cost_line.site_id = ticket.site_id and cost_line.ticket_id = ticket.ticket_id
where
    not cost_line._is_deleted
    and not ticket._is_deleted
    and cost_line.occurred_on < ticket.reported_at - interval 1 day
