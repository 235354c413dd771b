-- description: "Signs of manoeuvres in preventive jobs and knowledge articles, to be compared with colleagues'; personal, for the head alone, read by assets.score."
-- grain: [site_id, kind_of_work, subject_id, engineer_id]
-- columns:
--   site_id: site
--   subject_id: preventive record or article
--   engineer_id: who did or wrote it
--   reported_on: local day on which it was done or written
--   kind_of_work: kind of preventive work, or article
--   is_batched: done moments after another by the same engineer, or with the very readings of the one before; NULL of articles
--   is_unused: nobody approved it, or nobody else has used it; NULL of preventive jobs
with jobs as (
    select
        r.site_id,
        r.record_id,
        r.engineer_id,
        r.done_at,
        p.kind,
        local_date(r.done_at, s.timezone) as done_on,
        seconds_between(
            lag(r.done_at) over (partition by r.site_id, r.engineer_id order by r.done_at, r.record_id), r.done_at
        ) as gap_seconds
    from raw.pm_records as r
    inner join core.sites as s on r.site_id = s.site_id
    inner join raw.pm_plans as p on r.site_id = p.site_id and r.plan_id = p.plan_id and not p._is_deleted
    cross join core.run_context as c
    where
        not r._is_deleted and r.engineer_id is not null and r.done_at <= c.as_of
        and coalesce(r.result, 'done') = 'done'
),

readings as (
    select
        j.site_id,
        j.record_id,
        v.value = lag(v.value) over (
            partition by j.site_id, j.engineer_id, j.kind, v.parameter order by j.done_at, j.record_id
        ) as is_same
    from jobs as j
    inner join raw.pm_readings as v on j.site_id = v.site_id and j.record_id = v.record_id and not v._is_deleted
),

repeated as (
    select site_id, record_id, count(*) as reading_count, count_if(is_same) as same_count
    from readings
    group by site_id, record_id
),

used as (
    select distinct site_id, article_id
    from core.article_reuses
)

select
    j.site_id,
    j.record_id as subject_id,
    j.engineer_id,
    j.done_on as reported_on,
    j.kind as kind_of_work,
    coalesce(j.gap_seconds < k.batched_seconds, false)
    or coalesce(v.reading_count > 1 and v.same_count = v.reading_count, false) as is_batched,
    null::boolean as is_unused
from jobs as j
cross join core.rule_flow as k
left join repeated as v on j.site_id = v.site_id and j.record_id = v.record_id
union all
select
    a.site_id,
    a.article_id,
    a.author_engineer_id,
    local_date(a.created_at, s.timezone) as reported_on,
    'article' as kind_of_work,
    null as is_batched,
    a.approved_at is null or u.article_id is null as is_unused
from raw.knowledge as a
inner join core.sites as s on a.site_id = s.site_id
left join used as u on a.site_id = u.site_id and a.article_id = u.article_id
where not a._is_deleted and a.author_engineer_id is not null and a.created_at is not null
order by site_id, kind_of_work, subject_id, engineer_id
