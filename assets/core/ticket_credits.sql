-- description: "Whose work each ticket was: shares in basis points that add up to 10 000. By logged minutes where two or more worked, else by what each did; a vendor's share is a party of its own. What an engineer opened and resolved alone needs the ward's word."
-- grain: [site_id, ticket_id, party]
-- by: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   party: engineer, or *vendor for the makers and service companies
--   engineer_id: engineer, NULL for the vendor
--   part: resolver, first_repair, previous, helper, triage, effort or vendor
--   credit_bp: share (hundredths of a percent)
with steps as (
    select
        h.site_id,
        h.ticket_id,
        h.engineer_id,
        true as is_holder,
        false as is_worker,
        false as is_joined,
        0 as seconds
    from core.holder_spans as h
    union all
    select
        e.site_id,
        e.ticket_id,
        case when e.type = 'coworker_joined' then coalesce(e.to_engineer_id, e.engineer_id) else e.engineer_id end,
        false,
        e.type in ('arrived', 'work_started', 'restored'),
        e.type = 'coworker_joined',
        0
    from core.ticket_events as e
    where e.type in ('arrived', 'work_started', 'restored', 'coworker_joined', 'dispatched') and not e.is_out_of_order
    union all
    select w.site_id, w.ticket_id, w.engineer_id, false, w.seconds > 0, false, w.seconds
    from core.effort as w
),

doings as (
    select
        site_id,
        ticket_id,
        engineer_id,
        bool_or(is_holder) as is_holder,
        bool_or(is_worker) as is_worker,
        bool_or(is_joined) as is_joined,
        sum(seconds)::bigint as seconds
    from steps
    where engineer_id is not null
    group by site_id, ticket_id, engineer_id
),

settled as (
    select
        t.site_id,
        t.ticket_id,
        d.resolver_id,
        case when t.reopen_count > 0 then d.first_restorer_id end as first_restorer_id,
        case when not x.is_misdispatched then d.dispatcher_id end as triage_id,
        r.vendor_bp * d.is_at_vendor::integer as vendor_bp,
        10000 - r.vendor_bp * d.is_at_vendor::integer as house_bp,
        r.triage_bp,
        r.previous_bp,
        r.first_repair_bp,
        r.helpers_bp,
        r.resolver_least_bp,
        r.effort_least_bp
    from core.tickets as t
    inner join core.ticket_duties as u on t.site_id = u.site_id and t.ticket_id = u.ticket_id
    inner join core.ticket_handling as x on t.site_id = x.site_id and t.ticket_id = x.ticket_id
    inner join core.rule_score as r on u.rules_at >= r.effective_from and u.rules_at < r.effective_until
    inner join core.ticket_doers as d on t.site_id = d.site_id and t.ticket_id = d.ticket_id
    left join core.self_created as c on t.site_id = c.site_id and t.ticket_id = c.ticket_id
    where not t.is_void and coalesce(c.is_credited, true)
),

people as (
    select
        s.site_id,
        s.ticket_id,
        p.engineer_id,
        case
            when p.engineer_id = s.resolver_id then 'resolver'
            when p.engineer_id = s.first_restorer_id then 'first_repair'
            when p.is_holder and p.is_worker then 'previous'
            when p.is_joined then 'helper'
            when p.engineer_id = s.triage_id then 'triage'
        end as part,
        -- minutes of somebody who neither held the ticket nor was asked to help are nobody's word but their own
        case when p.is_holder or p.is_joined or p.engineer_id = s.resolver_id then p.seconds else 0 end as seconds
    from settled as s
    inner join doings as p on s.site_id = p.site_id and s.ticket_id = p.ticket_id
    where s.resolver_id is not null
),

counted as (
    select
        p.*,
        count_if(p.seconds > 0) over of_ticket as worker_count,
        count_if(p.part = 'triage') over of_ticket as triage_count,
        count_if(p.part in ('first_repair', 'previous')) over of_ticket as previous_count,
        count_if(p.part = 'first_repair') over of_ticket as first_count,
        count_if(p.part = 'helper') over of_ticket as helper_count
    from people as p
    window of_ticket as (partition by p.site_id, p.ticket_id)
),

-- by minutes: those below the least share get it, the others share the rest in proportion
ascending as (
    select
        c.site_id,
        c.ticket_id,
        c.engineer_id,
        c.seconds,
        s.house_bp,
        least(s.effort_least_bp * s.house_bp // 10000, s.house_bp // c.worker_count) as least_bp,
        row_number() over up as place,
        sum(c.seconds) over (
            partition by c.site_id, c.ticket_id order by c.seconds, c.engineer_id
            rows between current row and unbounded following
        ) as seconds_from_here
    from counted as c
    inner join settled as s on c.site_id = s.site_id and c.ticket_id = s.ticket_id
    where c.worker_count > 1 and c.seconds > 0
    window up as (partition by c.site_id, c.ticket_id order by c.seconds, c.engineer_id)
),

floored as (
    select
        a.*,
        a.seconds * (a.house_bp - a.least_bp * (a.place - 1)) < a.least_bp * a.seconds_from_here as is_least
    from ascending as a
),

proportional as (
    select
        f.*,
        f.house_bp - f.least_bp * count_if(f.is_least) over of_ticket as rest_bp,
        sum(case when f.is_least then 0 else f.seconds end) over of_ticket as rest_seconds
    from floored as f
    window of_ticket as (partition by f.site_id, f.ticket_id)
),

by_minutes as (
    select
        p.site_id,
        p.ticket_id,
        p.engineer_id,
        'effort' as part,
        case
            when p.is_least then p.least_bp
            else
                p.seconds * p.rest_bp // p.rest_seconds
                + (
                    row_number()
                        over (
                            partition by p.site_id, p.ticket_id, p.is_least
                            order by p.seconds * p.rest_bp % p.rest_seconds desc, p.engineer_id
                        )
                    <= p.rest_bp - sum(p.seconds * p.rest_bp // p.rest_seconds) over (
                        partition by p.site_id, p.ticket_id, p.is_least
                    )
                )::integer
        end as credit_bp
    from proportional as p
),

-- by parts: each group takes its share of what those before it have left above the resolver's least
triaged as (
    select
        c.*,
        s.house_bp,
        greatest(s.house_bp - s.resolver_least_bp, 0) as free_bp,
        least(c.triage_count * s.triage_bp, greatest(s.house_bp - s.resolver_least_bp, 0)) as triage_share_bp,
        case
            when c.first_count > 0 then s.first_repair_bp
            when c.previous_count > 0 then s.previous_bp
            else 0
        end as previous_wish_bp,
        case when c.helper_count > 0 then s.helpers_bp else 0 end as helper_wish_bp
    from counted as c
    inner join settled as s on c.site_id = s.site_id and c.ticket_id = s.ticket_id
    where c.worker_count < 2 and c.part is not null
),

preceded as (
    select t.*, least(t.previous_wish_bp, t.free_bp - t.triage_share_bp) as previous_share_bp
    from triaged as t
),

shared as (
    select
        p.*,
        case
            when p.part in ('first_repair', 'previous') then 'previous'
            else p.part
        end as sharing,
        least(p.helper_wish_bp, p.free_bp - p.triage_share_bp - p.previous_share_bp) as helper_share_bp
    from preceded as p
),

grouped as (
    select
        h.*,
        case h.sharing
            when 'triage' then h.triage_share_bp
            when 'previous' then h.previous_share_bp
            when 'helper' then h.helper_share_bp
            else h.house_bp - h.triage_share_bp - h.previous_share_bp - h.helper_share_bp
        end as group_bp,
        count(*) over (partition by h.site_id, h.ticket_id, h.sharing) as group_size,
        row_number() over (partition by h.site_id, h.ticket_id, h.sharing order by h.engineer_id) as place
    from shared as h
),

by_parts as (
    select
        g.site_id,
        g.ticket_id,
        g.engineer_id,
        g.part,
        g.group_bp // g.group_size + (g.place <= g.group_bp % g.group_size)::integer as credit_bp
    from grouped as g
),

parties as (
    select m.site_id, m.ticket_id, m.engineer_id as party, m.engineer_id, m.part, m.credit_bp
    from by_minutes as m
    union all
    select r.site_id, r.ticket_id, r.engineer_id as party, r.engineer_id, r.part, r.credit_bp
    from by_parts as r
    union all
    select s.site_id, s.ticket_id, '*vendor', null, 'vendor', s.vendor_bp
    from settled as s
    where s.resolver_id is not null
)

select site_id, ticket_id, party, engineer_id, part, credit_bp::bigint as credit_bp
from parties
where credit_bp > 0
order by site_id, ticket_id, party
