-- description: "What falls due: planned work, calibration, warranties, contracts and loans, up to thirty days beyond as-of."
-- grain: [site_id, due_kind, item_id, due_on]
-- columns:
--   site_id: site
--   due_kind: maintenance, calibration, warranty, contract or loan
--   item_id: plan, device, contract or loan
--   asset_id: device
--   department_id: department of the device, or borrower
--   due_on: day
--   since_second: known from that local midnight on, seconds since 1970-01-01 UTC
--   done_second: local midnight of the day on which it was done or came back, NULL while it is not
with plans as (
    select
        p.site_id,
        p.plan_id,
        case p.kind when 'calibration' then 'calibration' else 'maintenance' end as due_kind,
        p.asset_id,
        p.starts_on,
        p.interval_days,
        least(coalesce(p.ends_on, c.as_of_on + 30), c.as_of_on + 30) as last_on,
        c.as_of_on
    from raw.pm_plans as p
    cross join core.run_context as c
    where not p._is_deleted and p.interval_days > 0
),

ahead as (
    select
        p.site_id,
        p.due_kind,
        p.plan_id as item_id,
        p.asset_id,
        p.starts_on,
        p.starts_on + (u.step * p.interval_days)::integer as due_on,
        p.as_of_on
    from plans as p
    cross join
        unnest(
            generate_series(0::bigint, date_diff('day', p.starts_on, p.last_on) // p.interval_days)
        ) as u (step)
    where p.starts_on <= p.last_on
),

items as (
    select
        h.site_id,
        h.due_kind,
        h.item_id,
        h.asset_id,
        a.department_id,
        h.due_on,
        h.starts_on as since_on,
        null::date as done_on
    from ahead as h
    left join core.assets as a on h.site_id = a.site_id and h.asset_id = a.asset_id
    where h.due_on > h.as_of_on
    union all
    select
        o.site_id,
        case o.kind when 'calibration' then 'calibration' else 'maintenance' end,
        o.plan_id,
        o.asset_id,
        a.department_id,
        o.due_on,
        o.due_on - 366,
        o.done_on
    from core.pm_occurrences as o
    left join core.assets as a on o.site_id = a.site_id and o.asset_id = a.asset_id
    union all
    select
        a.site_id,
        'warranty' as due_kind,
        a.asset_id as item_id,
        a.asset_id as device_id,
        a.department_id,
        a.warranty_until,
        coalesce(a.accepted_on, a.warranty_until - 366),
        a.retired_on
    from core.assets as a
    where a.warranty_until is not null
    union all
    select
        k.site_id, 'contract', k.contract_id, k.asset_id, a.department_id, k.ends_on,
        coalesce(k.starts_on, k.ends_on - 366), null
    from raw.contracts as k
    left join core.assets as a on k.site_id = a.site_id and k.asset_id = a.asset_id
    where not k._is_deleted and k.ends_on is not null
    union all
    select
        l.site_id,
        'loan',
        l.loan_id,
        l.asset_id,
        l.department_id,
        local_date(timestamp '1970-01-01' + to_seconds(l.due_second), z.timezone),
        l.lent_on,
        local_date(timestamp '1970-01-01' + to_seconds(l.returned_second), z.timezone)
    from core.loans as l
    inner join core.sites as z on l.site_id = z.site_id
    where l.due_second is not null
)

select
    i.site_id,
    i.due_kind,
    i.item_id,
    i.asset_id,
    i.department_id,
    i.due_on,
    seconds_between(timestamp '1970-01-01', utc_of(i.since_on, z.timezone)) as since_second,
    seconds_between(timestamp '1970-01-01', utc_of(i.done_on, z.timezone)) as done_second
from items as i
inner join core.sites as z on i.site_id = z.site_id
order by i.site_id, i.due_kind, i.item_id, i.due_on
