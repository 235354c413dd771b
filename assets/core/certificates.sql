-- description: "The time of each calibration plan cut into spans with and without a valid certificate; one holds from the day it was done for the plan's interval, whatever the window of the plan."
-- grain: [site_id, plan_id, from_on]
-- columns:
--   site_id: site
--   plan_id: calibration plan
--   asset_id: device
--   from_on: first local day
--   to_on: day after the last
--   is_valid: a certificate holds
--   expires_on: first day without it; NULL while there is none
with plans as (
    select
        p.site_id,
        p.plan_id,
        p.asset_id,
        p.interval_days::integer as interval_days,
        p.starts_on,
        least(coalesce(p.ends_on, c.as_of_on), c.as_of_on) + 1 as end_on,
        s.timezone
    from raw.pm_plans as p
    inner join core.sites as s on p.site_id = s.site_id
    cross join core.run_context as c
    where not p._is_deleted and p.kind = 'calibration' and p.interval_days > 0
),

done as (
    select
        r.site_id,
        r.plan_id,
        local_date(r.done_at, p.timezone) as done_on,
        lead(local_date(r.done_at, p.timezone)) over (
            partition by r.site_id, r.plan_id order by local_date(r.done_at, p.timezone)
        ) as next_on
    from raw.pm_records as r
    inner join plans as p on r.site_id = p.site_id and r.plan_id = p.plan_id
    cross join core.run_context as c
    where not r._is_deleted and r.done_at <= c.as_of and coalesce(r.result, 'done') = 'done'
    qualify row_number() over (
        partition by r.site_id, r.plan_id, local_date(r.done_at, p.timezone) order by r.record_id
    ) = 1
),

spans as (
    select
        p.site_id,
        p.plan_id,
        p.starts_on as from_on,
        least(min(d.done_on), any_value(p.end_on)) as to_on,
        false as is_valid,
        null::date as expires_on
    from plans as p
    left join done as d on p.site_id = d.site_id and p.plan_id = d.plan_id
    group by p.site_id, p.plan_id, p.starts_on
    union all
    select
        d.site_id,
        d.plan_id,
        d.done_on,
        least(d.done_on + p.interval_days, d.next_on, p.end_on),
        true,
        d.done_on + p.interval_days
    from done as d
    inner join plans as p on d.site_id = p.site_id and d.plan_id = p.plan_id
    union all
    select
        d.site_id,
        d.plan_id,
        d.done_on + p.interval_days,
        least(coalesce(d.next_on, p.end_on), p.end_on),
        false,
        null
    from done as d
    inner join plans as p on d.site_id = p.site_id and d.plan_id = p.plan_id
)

select s.site_id, s.plan_id, p.asset_id, s.from_on, s.to_on, s.is_valid, s.expires_on
from spans as s
inner join plans as p on s.site_id = p.site_id and s.plan_id = p.plan_id
where s.from_on < s.to_on
order by s.site_id, s.plan_id, s.from_on
