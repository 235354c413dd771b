-- table: engineer_postings
-- severity: warning
-- aspect: consistent
-- zh: 同一工程师的两段岗位在时间上重叠
-- en: two postings of one engineer overlap
with ordered as (
    select
        posting.site_id,
        posting.engineer_id,
        posting.valid_from,
        lag(coalesce(posting.valid_to, date '9999-12-31')) over (
            partition by posting.site_id, posting.engineer_id order by posting.valid_from
        ) as previous_to
    from raw.engineer_postings as posting
    where not posting._is_deleted
)

select
    site_id,
    engineer_id,
    valid_from
from ordered
where valid_from < previous_to
