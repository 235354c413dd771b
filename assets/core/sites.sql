-- description: One row per site seen in the source, with its zone and the first instant that data cover.
-- grain: [site_id]
-- live: true
-- columns:
--   site_id: site
--   name: display name; the id where the source names none
--   timezone: IANA zone; the configured one where the source names none
--   org_type: kind of organisation (contract list)
--   data_from_at: local midnight of the day of the first report (UTC); exposure starts here
--   data_from_on: that local day
with seen as (
    select t.site_id, min(t.reported_at) as first_reported_at
    from raw.tickets as t
    where not t._is_deleted
    group by t.site_id
    union all
    select s.site_id, null from raw.sites as s where not s._is_deleted
),

zoned as (
    select
        seen.site_id,
        coalesce(any_value(s.name), seen.site_id) as name,
        coalesce(any_value(s.timezone), any_value(c.timezone)) as timezone,
        any_value(s.org_type) as org_type,
        coalesce(least(min(seen.first_reported_at), any_value(c.data_from_at)), any_value(c.as_of)) as first_at
    from seen
    cross join core.run_context as c
    left join raw.sites as s on seen.site_id = s.site_id and not s._is_deleted
    group by seen.site_id
)

select
    site_id,
    name,
    timezone,
    org_type,
    utc_of(local_date(first_at, timezone), timezone) as data_from_at,
    local_date(first_at, timezone) as data_from_on
from zoned
order by site_id
