-- table: access_grants
-- severity: warning
-- aspect: consistent
-- zh: 工程师已离职,系统账号仍未收回
-- en: an engineer has left and still holds an account
select
    access_right.site_id,
    access_right.engineer_id,
    access_right.system_id,
    access_right.account
from raw.access_grants as access_right
inner join raw.engineers as engineer
    on access_right.site_id = engineer.site_id and access_right.engineer_id = engineer.engineer_id
cross join this_load
where
    not access_right._is_deleted
    and not engineer._is_deleted
    and engineer.left_on < local_date(this_load.as_of, this_load.timezone)
    and access_right.revoked_on is null
