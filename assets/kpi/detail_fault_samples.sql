-- description: "Coded tickets drawn for a second coding: five of each engineer and month, their words without names; neither who coded them nor how."
-- grain: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   ticket_no: number people use
--   reported_on: local day of the report
--   department_id: reporting department
--   asset_class: class of the bound device
--   model: its model
--   fault_text: what the ward wrote, without names and personal numbers
--   normal_text: its normal form, as rules and model read it
with drawn as (
    select
        t.site_id,
        t.ticket_id,
        t.ticket_no,
        t.reported_on,
        t.department_id,
        t.asset_class,
        t.model,
        f.fault_text,
        f.normal_text,
        f.final_by,
        -- the draw does not change when one of them has been coded again
        row_number() over (
            partition by t.site_id, t.engineer_id, month_start(t.reported_on)
            order by f.draw_order, t.ticket_id
        ) as draw
    from core.fault_codes as f
    inner join kpi.fact_tickets as t on f.site_id = t.site_id and f.ticket_id = t.ticket_id
    cross join core.run_context as c
    where
        not f.is_unspecific
        and f.fault_text is not null
        and not t.is_void
        and t.engineer_id is not null
        and t.reported_on >= month_start(month_start(c.as_of_on) - 1)
)

select
    site_id,
    ticket_id,
    ticket_no,
    reported_on,
    department_id,
    asset_class,
    model,
    fault_text,
    normal_text
from drawn
where draw <= 5 and final_by = 'engineer'
order by site_id, ticket_id
