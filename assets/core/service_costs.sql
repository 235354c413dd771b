-- description: "What service cost, line by line: the cost lines of tickets, and hands-on work at the grade's rate where the source books no labour."
-- grain: [site_id, line_id]
-- by: [site_id, ticket_id]
-- columns:
--   site_id: site
--   line_id: cost line of the source, or labour and the stretch of work it prices
--   ticket_id: ticket
--   asset_id: asset of the ticket
--   kind: part, external, labour, freight, loaner
--   basis: source, or rate for labour priced here
--   part_id: part
--   amount_cny: amount, tax included (CNY)
--   occurred_on: local day; that of the report where the line has none
--   is_consumable: supplies that are used up, not repair
--   is_missed_claim: own money for a part, a repair or freight while the device was in warranty
with lines as (
    select
        k.site_id,
        k.cost_id as line_id,
        k.ticket_id,
        k.kind,
        'source' as basis,
        k.part_id,
        k.amount_cny,
        k.occurred_on,
        coalesce(k.is_in_warranty, false) as is_in_warranty
    from core.costs as k
    union all
    select
        w.site_id,
        'labour:' || w.ticket_id || ':' || w.engineer_id || ':' || epoch_us(w.started_at),
        w.ticket_id,
        'labour',
        'rate',
        null,
        w.labour_cny,
        w.worked_on,
        false
    from core.labour as w
)

select
    n.site_id,
    n.line_id,
    n.ticket_id,
    t.asset_id,
    n.kind,
    n.basis,
    n.part_id,
    n.amount_cny,
    coalesce(n.occurred_on, t.reported_on) as occurred_on,
    coalesce(t.work_class = 'consumable', false)
    or coalesce(f.is_consumable, false)
    or coalesce(p.is_consumable, false) as is_consumable,
    coalesce(
        n.amount_cny > 0
        and n.kind in ('part', 'external', 'freight')
        and (n.is_in_warranty or a.warranty_until >= coalesce(n.occurred_on, t.reported_on))
        and not coalesce(t.work_class = 'consumable', false)
        and not coalesce(f.is_consumable, false)
        and not coalesce(p.is_consumable, false)
        -- what a user broke, or what was not broken, no warranty pays
        and coalesce(t.outcome_code, '') not in ('user_error', 'no_fault_found'),
        false
    ) as is_missed_claim
from lines as n
left join core.tickets as t on n.site_id = t.site_id and n.ticket_id = t.ticket_id
left join core.assets as a on t.site_id = a.site_id and t.asset_id = a.asset_id
left join core.parts as p on n.site_id = p.site_id and n.part_id = p.part_id
left join core.rule_fault_families as f on t.fault_family_code = f.fault_family_code
order by n.site_id, n.line_id
