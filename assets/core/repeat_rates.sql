-- description: "How often a kind of device fails in one way by itself: failures of the class and fault family per device-day in the twelve months before a quarter, frozen for it; the quarter's own where nothing is known before."
-- grain: [site_id, quarter_on, asset_class, fault_family]
-- columns:
--   site_id: site
--   quarter_on: first day of the quarter in which it holds
--   asset_class: class of device
--   fault_family: fault family
--   failure_count: failures it rests on
--   device_days: days in service it rests on
--   daily_rate: failures per device-day
with spans as (
    select v.site_id, a.asset_class, v.from_at, v.to_at
    from core.service_spans as v
    inner join core.assets as a on v.site_id = a.site_id and v.asset_id = a.asset_id
),

exposures as (
    select
        q.site_id,
        q.quarter_on,
        s.asset_class,
        sum(
            days_between(
                greatest(s.from_at::date, q.quarter_on),
                least(s.to_at::date, (q.quarter_on + interval 3 month)::date, c.as_of_on)
            )
        )::bigint as device_days
    from core.quarters as q
    cross join core.run_context as c
    inner join spans as s
        on q.site_id = s.site_id and s.from_at < q.quarter_on + interval 3 month and s.to_at > q.quarter_on
    where s.from_at::date < c.as_of_on
    group by q.site_id, q.quarter_on, s.asset_class
),

failures as (
    select
        t.site_id,
        date_trunc('quarter', t.reported_on)::date as quarter_on,
        a.asset_class,
        t.fault_family_code as fault_family,
        count(*) as failure_count
    from core.tickets as t
    inner join core.assets as a on t.site_id = a.site_id and t.asset_id = a.asset_id
    where t.is_use_failure and t.fault_family_code is not null
    group by t.site_id, quarter_on, a.asset_class, t.fault_family_code
),

-- a quarter rests on the four before it, or on itself where those know no day of the class
windows as (
    select
        e.site_id,
        e.quarter_on,
        e.asset_class,
        coalesce(sum(h.device_days), 0) = 0 as is_own,
        case when coalesce(sum(h.device_days), 0) = 0 then any_value(e.device_days) else sum(h.device_days) end
            as device_days
    from exposures as e
    left join exposures as h
        on
            e.site_id = h.site_id
            and e.asset_class = h.asset_class
            and h.quarter_on < e.quarter_on
            and h.quarter_on >= e.quarter_on - interval 12 month
    group by e.site_id, e.quarter_on, e.asset_class
)

select
    w.site_id,
    w.quarter_on,
    w.asset_class,
    f.fault_family,
    sum(f.failure_count)::bigint as failure_count,
    any_value(w.device_days)::bigint as device_days,
    (sum(f.failure_count) / any_value(w.device_days))::decimal(18, 9) as daily_rate
from windows as w
inner join failures as f
    on
        w.site_id = f.site_id
        and w.asset_class = f.asset_class
        and case
            when w.is_own then w.quarter_on = f.quarter_on
            else f.quarter_on < w.quarter_on and f.quarter_on >= w.quarter_on - interval 12 month
        end
where w.device_days > 0
group by w.site_id, w.quarter_on, w.asset_class, f.fault_family
order by w.site_id, w.quarter_on, w.asset_class, f.fault_family
