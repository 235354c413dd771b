-- description: Every planned occurrence of preventive work due up to as-of, generated from the plans, and what became of it.
-- grain: [site_id, plan_id, due_on]
-- columns:
--   site_id: site
--   plan_id: plan
--   asset_id: device
--   kind: inspection, maintenance, calibration or round
--   risk: risk class of the plan
--   due_on: day on which it is due
--   window_days: days before and after that still count as on time
--   done_on: local day on which it was done, NULL while it is not
--   result: done, skipped, not_found or out_of_service, NULL without a record
--   engineer_id: who did it
--   outcome: on_time, late, missed, excused (device not found or out of service), or pending inside its window
with plans as (
    select
        p.site_id,
        p.plan_id,
        p.asset_id,
        p.kind,
        p.risk,
        p.interval_days,
        coalesce(p.window_days, 0) as window_days,
        p.starts_on,
        least(coalesce(p.ends_on, x.as_of_on), x.as_of_on) as last_on,
        x.as_of_on,
        s.timezone
    from raw.pm_plans as p
    inner join core.sites as s on p.site_id = s.site_id
    cross join core.run_context as x
    where not p._is_deleted
),

generated as (
    select
        p.site_id,
        p.plan_id,
        p.starts_on + (u.step * p.interval_days)::integer as due_on
    from plans as p
    cross join
        unnest(
            generate_series(0::bigint, date_diff('day', p.starts_on, p.last_on) // p.interval_days)
        ) as u (step)
    where p.interval_days > 0 and p.starts_on <= p.last_on
),

records as (
    select
        r.site_id,
        r.plan_id,
        r.due_on,
        r.result,
        r.engineer_id,
        local_date(r.done_at, p.timezone) as done_on,
        -- a second record of the same occurrence does not replace the first that was done
        row_number() over (
            partition by r.site_id, r.plan_id, r.due_on
            order by (r.done_at is null), r.done_at, r.record_id
        ) as place
    from raw.pm_records as r
    inner join plans as p on r.site_id = p.site_id and r.plan_id = p.plan_id
    cross join core.run_context as c
    where not r._is_deleted and r.due_on is not null and (r.done_at is null or r.done_at <= c.as_of)
),

occurrences as (
    select site_id, plan_id, due_on from generated
    union
    select r.site_id, r.plan_id, r.due_on
    from records as r
    inner join plans as p on r.site_id = p.site_id and r.plan_id = p.plan_id
    where r.due_on <= p.as_of_on
)

select
    o.site_id,
    o.plan_id,
    p.asset_id,
    p.kind,
    p.risk,
    o.due_on,
    p.window_days,
    r.done_on,
    r.result,
    r.engineer_id,
    case
        when r.result in ('not_found', 'out_of_service') then 'excused'
        when r.done_on is not null and coalesce(r.result, 'done') = 'done'
            then case when abs(date_diff('day', o.due_on, r.done_on)) <= p.window_days then 'on_time' else 'late' end
        when o.due_on + p.window_days::integer >= p.as_of_on then 'pending'
        else 'missed'
    end as outcome
from occurrences as o
inner join plans as p on o.site_id = p.site_id and o.plan_id = p.plan_id
left join records as r
    on o.site_id = r.site_id and o.plan_id = r.plan_id and o.due_on = r.due_on and r.place = 1
order by o.site_id, o.plan_id, o.due_on
