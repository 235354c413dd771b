-- description: "Software systems with the engineers named for them; who they are is personal."
-- grain: [site_id, system_id]
-- columns:
--   site_id: site
--   system_id: system
--   name: display name
--   criticality: A, B, C
--   is_critical: its criticality is one that the rules call critical
--   department_id: department it belongs to
--   owner_engineer_id: who looks after it (A)
--   backup_engineer_id: who stands in (B)
select
    s.site_id,
    s.system_id,
    s.name,
    s.criticality,
    s.is_critical,
    s.department_id,
    s.owner_engineer_id,
    s.backup_engineer_id
from core.systems as s
order by s.site_id, s.system_id
