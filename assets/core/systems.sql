-- description: One row per software system in the register.
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
    coalesce(s.name, s.system_id) as name,
    s.criticality,
    k.criticality is not null as is_critical,
    s.department_id,
    s.owner_engineer_id,
    s.backup_engineer_id
from raw.systems as s
left join core.rule_critical as k on s.criticality = k.criticality
where not s._is_deleted
order by s.site_id, s.system_id
