-- description: Customers that journeys go to.
-- grain: [site_id, customer_id]
-- columns:
--   site_id: site
--   customer_id: customer
--   name: display name
--   level: level
select c.site_id, c.customer_id, coalesce(c.name, c.customer_id) as name, c.level
from raw.customers as c
where not c._is_deleted
order by c.site_id, c.customer_id
