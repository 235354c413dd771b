-- description: "Whether each repair held: the penalty for the same failure of the same device soon after, what chance alone would bring, the first-time fix and the reopening; charged to who restored it."
-- grain: [site_id, ticket_id]
-- by: [site_id, asset_id]
-- restless: not is_mature
-- columns:
--   site_id: site
--   ticket_id: ticket
--   asset_id: device as on the ticket
--   engineer_id: who restored it first
--   first_restored_on: local day of the first restoration
--   is_mature: as-of is beyond the days in which it may come back
--   recurred_ticket_id: the next repair ticket of the same device and family within those days
--   gap_seconds: first restoration to that report (s)
--   exempt_code: why the return is not charged, as a second person approved; NULL where it is
--   penalty: 1 soon after, less later, 0 when it held; NULL where a return could not be seen or is not charged
--   chance_penalty: what the rate of such failures would bring anyway; NULL likewise
--   is_first_fix: fixed the first time; a return that is not charged does not speak against it
--   is_reopened: reopened within the days of the rules
-- whoever calls a fault nobody's own has not undone it: exemptions take a second person
with failures as (
    select t.site_id, t.asset_id, t.fault_family_code, t.reported_at, t.ticket_id
    from core.tickets as t
    inner join core.rule_failure_work_classes as w on t.work_class = w.work_class
    where not t.is_void and t.is_asset_bound
),

followed as (
    select t.*, f.reported_at as recurred_at, f.ticket_id as recurred_ticket_id
    from core.repair_courses as t
    asof left join failures as f
        on
            t.site_id = f.site_id
            and t.asset_id = f.asset_id
            and t.fault_family_code = f.fault_family_code
            and t.first_restored_at < f.reported_at
),

timed as (
    select
        t.*,
        d.first_restorer_id,
        r.near_seconds,
        r.far_seconds,
        r.near_penalty,
        r.far_penalty,
        r.reopen_seconds,
        t.is_asset_bound and t.fault_family_code is not null as is_followable,
        coalesce(k.daily_rate, 0)::double as daily_rate,
        seconds_between(t.first_restored_at, t.recurred_at) as gap_seconds,
        case when t.recurred_at <= t.first_restored_at + to_seconds(r.far_seconds) then x.code end as exempt_code
    from followed as t
    inner join core.ticket_doers as d on t.site_id = d.site_id and t.ticket_id = d.ticket_id
    inner join core.ticket_duties as u on t.site_id = u.site_id and t.ticket_id = u.ticket_id
    inner join core.rule_score as r on u.rules_at >= r.effective_from and u.rules_at < r.effective_until
    left join core.repeat_exemptions as x
        on t.site_id = x.site_id and t.ticket_id = x.ticket_id and x.state = 'approved'
    left join core.assets as a on t.site_id = a.site_id and t.asset_id = a.asset_id
    left join core.repeat_rates as k
        on
            a.site_id = k.site_id
            and a.asset_class = k.asset_class
            and t.fault_family_code = k.fault_family
            and date_trunc('quarter', t.first_restored_on)::date = k.quarter_on
)

select
    t.site_id,
    t.ticket_id,
    t.asset_id,
    t.first_restorer_id as engineer_id,
    t.first_restored_on,
    t.first_restored_at + to_seconds(t.far_seconds) <= c.as_of as is_mature,
    case when t.gap_seconds <= t.far_seconds then t.recurred_ticket_id end as recurred_ticket_id,
    case when t.gap_seconds <= t.far_seconds then t.gap_seconds end as gap_seconds,
    t.exempt_code,
    case
        when not t.is_followable or t.exempt_code is not null then null
        when t.gap_seconds <= t.near_seconds then t.near_penalty
        when t.gap_seconds <= t.far_seconds then t.far_penalty
        else 0
    end::decimal(9, 6) as penalty,
    case
        when t.is_followable and t.exempt_code is null
            then
                t.near_penalty::double * (1 - exp(-t.daily_rate * t.near_seconds / 86400))
                + t.far_penalty::double
                * (exp(-t.daily_rate * t.near_seconds / 86400) - exp(-t.daily_rate * t.far_seconds / 86400))
    end::decimal(9, 6) as chance_penalty,
    o.failed_by is null or (t.exempt_code is not null and o.failed_by = 'recurred') as is_first_fix,
    coalesce(t.reopened_at <= t.first_restored_at + to_seconds(t.reopen_seconds), false) as is_reopened
from timed as t
inner join core.repair_outcomes as o on t.site_id = o.site_id and t.ticket_id = o.ticket_id
cross join core.run_context as c
where t.first_restorer_id is not null
order by t.site_id, t.ticket_id
