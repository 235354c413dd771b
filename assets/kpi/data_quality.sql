-- description: "How far the data can be trusted: rows in quarantine, in the warehouse and deleted at the source by table, columns that came later, and what the rules set aside or miss among tickets."
-- grain: [measure, table_name]
-- columns:
--   measure: held_rows, present_rows (of the source's rows at the table's last load), deleted_rows (ever), added_columns, out_of_order_events, out_of_order_tickets, unbound_tickets, missing_arrivals, provisional_failures, failures_out_of_service
--   table_name: table concerned
--   row_count: rows concerned
--   total_count: rows of which they are part
select 'held_rows' as measure, q.table_name, count(*) as row_count, count(*) as total_count
from raw.quarantine as q
where q.status = 'held'
group by q.table_name
union all
select 'present_rows', p.table_name, p.present, p.source_count
from raw.table_books as p
union all
select 'deleted_rows', d.table_name, d.deleted as row_count, d.deleted as total_count
from raw.table_books as d
where d.deleted > 0
union all
select 'added_columns', n.table_name, count(*), count(*)
from raw.added_columns as n
group by n.table_name
union all
select 'out_of_order_events', 'ticket_events', count_if(e.is_out_of_order), count(*)
from core.ticket_events as e
union all
select 'out_of_order_tickets', 'tickets', count_if(t.out_of_order_count > 0), count(*)
from core.tickets as t
union all
select 'unbound_tickets', 'tickets', count_if(not t.is_asset_bound), count(*)
from core.tickets as t
where not t.is_void
union all
select 'missing_arrivals', 'tickets', count_if(t.arrived_at is null), count(*)
from core.tickets as t
where t.is_onsite and t.restored_at is not null
union all
select 'provisional_failures', 'tickets', count_if(t.is_provisional), count(*)
from core.tickets as t
where t.is_use_failure
union all
select 'failures_out_of_service', 'failure_episodes', count_if(not f.is_in_service), count(*)
from core.failure_episodes as f
-- a failure of a software system has no device that could be out of service
where f.asset_id is not null
order by measure, table_name
