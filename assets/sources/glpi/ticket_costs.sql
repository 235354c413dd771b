-- description: "Costs of tickets: work (per hour), material and fixed, one row each."
-- needs: [glpi_ticketcosts]
with lines as (
    select
        c.id,
        c.tickets_id,
        c.budgets_id,
        c.begin_date,
        'labour' as kind,
        -- whole cents, half up: a division would make a floating-point number of it
        (((c.cost_time * 10000)::hugeint * c.actiontime + 180000) // 360000)::decimal(18, 2) * 0.01 as amount
    from source.glpi_ticketcosts as c
    where c.cost_time != 0 and c.actiontime != 0
    union all
    select
        c.id,
        c.tickets_id,
        c.budgets_id,
        c.begin_date,
        'part' as kind,
        c.cost_material as amount
    from source.glpi_ticketcosts as c
    where c.cost_material != 0
    union all
    select
        c.id,
        c.tickets_id,
        c.budgets_id,
        c.begin_date,
        'external' as kind,
        c.cost_fixed as amount
    from source.glpi_ticketcosts as c
    where c.cost_fixed != 0
)

select
    null::varchar as site_id,
    l.id || '-' || l.kind as cost_id,
    l.tickets_id::varchar as ticket_id,
    l.kind,
    null::varchar as part_id,
    null::decimal(14, 3) as quantity,
    null::decimal(18, 6) as unit_price_cny,
    l.amount::decimal(14, 2) as amount_cny,
    null::decimal(14, 2) as tax_cny,
    null::varchar as vendor_id,
    null::varchar as invoice_no,
    l.begin_date as occurred_on,
    null::boolean as is_in_warranty,
    html_text(b.name) as cost_centre,
    null::varchar as economic_class
from lines as l
inner join source.glpi_tickets as t on l.tickets_id = t.id
left join source.glpi_budgets as b on l.budgets_id = b.id
where coalesce(t.is_deleted, 0) = 0
