-- table: tickets
-- severity: warning
-- aspect: timely
-- counts: once
-- zh: 昨日报修量与前八周同一星期几相比异常(超出均值 ± 4 倍标准差)
-- en: yesterday's reports lie beyond four standard deviations of the same weekday in eight weeks
with days as (
    select
        local_date(ticket.reported_at, this_load.timezone) as on_date,
        count(*) as reports
    from raw.tickets as ticket
    cross join this_load
    where
        not ticket._is_deleted
        and ticket.reported_at > this_load.as_of - interval 60 day
        and ticket.reported_at <= this_load.as_of
    group by local_date(ticket.reported_at, this_load.timezone)
),

ages as (
    select
        weeks.age,
        local_date(this_load.as_of, this_load.timezone) - cast(weeks.age as integer) as on_date
    from (values (1), (8), (15), (22), (29), (36), (43), (50), (57)) as weeks (age)
    cross join this_load
),

same_weekday as (
    select
        ages.age,
        coalesce(days.reports, 0) as reports
    from ages
    left join days on ages.on_date = days.on_date
),

usual as (
    select
        avg(reports) as mean,
        greatest(sqrt(avg(reports)), coalesce(stddev_samp(reports), 0)) as spread
    from same_weekday
    where age > 1
)

select
    same_weekday.reports,
    usual.mean
from same_weekday
cross join usual
where
    same_weekday.age = 1
    and usual.mean >= 5
    and abs(same_weekday.reports - usual.mean) > 4 * usual.spread
