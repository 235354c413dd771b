-- table: tickets
-- severity: warning
-- aspect: unique
-- zh: 同一设备、同一现象在同一时刻报了两次,可能重复建单
-- en: one device, one symptom, one instant, two tickets
select
    ticket.site_id,
    ticket.asset_id,
    ticket.reported_at,
    ticket.title
from raw.tickets as ticket
where
    not ticket._is_deleted
    and ticket.asset_id is not null
    and ticket.title is not null
    and coalesce(ticket.outcome_code, '') not in ('merged', 'duplicate')
    and ticket.master_ticket_id is null
group by ticket.site_id, ticket.asset_id, ticket.reported_at, ticket.title
having count(*) > 1
