-- description: Sites whose source books labour among its costs; there hands-on work is not priced a second time.
-- grain: [site_id]
-- columns:
--   site_id: site
select distinct k.site_id
from core.costs as k
where k.kind = 'labour'
order by k.site_id
