-- description: The quarters in which tickets were reported.
-- grain: [site_id, quarter_on]
-- columns:
--   site_id: site
--   quarter_on: first day
select distinct
    site_id,
    date_trunc('quarter', reported_on)::date as quarter_on
from core.tickets
order by site_id, quarter_on
