-- description: "Finished tickets with logged work: kind of work, quarter, and how long it took."
-- grain: [site_id, ticket_id]
-- by: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   done_quarter_on: first day of the quarter of its restoration
--   work_class: class of work, empty for none
--   asset_class: class of device, empty for none
--   fault_family: fault family, empty for none
--   minutes: hands-on time, begun minutes count (min)
select
    t.site_id,
    t.ticket_id,
    date_trunc('quarter', t.restored_on)::date as done_quarter_on,
    coalesce(t.work_class, '') as work_class,
    coalesce(a.asset_class, '') as asset_class,
    coalesce(t.fault_family_code, '') as fault_family,
    (w.seconds + 59) // 60 as minutes
from core.tickets as t
inner join core.ticket_efforts as w on t.site_id = w.site_id and t.ticket_id = w.ticket_id
left join core.assets as a on t.site_id = a.site_id and t.asset_id = a.asset_id
where t.restored_on is not null and w.seconds > 0
order by t.site_id, t.ticket_id
