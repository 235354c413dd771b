-- description: Restored repairs that spent time at a vendor, with what sending them out cost.
-- grain: [site_id, ticket_id]
-- by: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   ticket_no: number people use
--   department_id: department
--   zone: zone of the department
--   asset_class: class of device
--   brand: maker
--   model: model
--   ownership: ownership of the asset
--   fault_family: fault family
--   fault_group: group of the family
--   channel: channel
--   priority: priority
--   urgency: urgency
--   engineer_id: current or last holder
--   engineer_group: that engineer's team
--   restored_on: local day of the restoration that holds
--   vendor_seconds: time at the vendor (s)
--   sent_out_cny: external and freight lines, tax included (CNY); NULL without any
with billed as (
    select
        site_id,
        ticket_id,
        sum(amount_cny) as sent_out_cny
    from core.costs
    where kind in ('external', 'freight')
    group by site_id, ticket_id
)

select
    r.site_id,
    r.ticket_id,
    r.ticket_no,
    r.department_id,
    r.zone,
    r.asset_class,
    r.brand,
    r.model,
    r.ownership,
    r.fault_family,
    r.fault_group,
    r.channel,
    r.priority,
    r.urgency,
    r.engineer_id,
    r.engineer_group,
    r.restored_on,
    r.vendor_seconds,
    b.sent_out_cny
from kpi.fact_restorations as r
left join billed as b on r.site_id = b.site_id and r.ticket_id = b.ticket_id
where r.work_class = 'repair' and r.vendor_seconds > 0
order by r.site_id, r.ticket_id
