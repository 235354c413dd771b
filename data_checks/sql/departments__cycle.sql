-- table: departments
-- severity: warning
-- aspect: consistent
-- zh: 科室的上级关系成环
-- en: a department is its own ancestor
with recursive climbed (site_id, department_id, ancestor_id, steps) as (
    select
        department.site_id,
        department.department_id,
        department.parent_id,
        1
    from raw.departments as department
    where not department._is_deleted and department.parent_id is not null

    union all

    select
        climbed.site_id,
        climbed.department_id,
        parent.parent_id,
        climbed.steps + 1
    from climbed
    inner join raw.departments as parent
        on climbed.site_id = parent.site_id and climbed.ancestor_id = parent.department_id
    where
        not parent._is_deleted
        and parent.parent_id is not null
        and climbed.ancestor_id <> climbed.department_id
        and climbed.steps < 30
)

select distinct
    site_id,
    department_id
from climbed
where ancestor_id = department_id
