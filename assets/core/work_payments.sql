-- description: "What each ticket's work counts for whom and when: the shares of credit, of which a repair that did not hold gives a part to whoever ended the chain, unless the return was exempted; 10 000 in all."
-- grain: [site_id, ticket_id, party]
-- by: [site_id, asset_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   asset_id: device as on the ticket
--   party: engineer, or *vendor
--   engineer_id: engineer, NULL for the vendor
--   credit_bp: share (hundredths of a percent)
--   paid_on: local day on which it counts, the restoration that ended the chain
--   ended_by_ticket_id: the ticket that ended the chain, NULL for a repair that held
with restored as (
    select
        t.site_id,
        t.ticket_id,
        t.asset_id,
        t.is_use_failure and t.is_asset_bound and t.fault_family_code is not null as is_followable,
        t.fault_family_code,
        t.reported_at,
        t.restored_at,
        t.restored_on,
        d.resolver_id,
        r.held_back_bp,
        r.held_back_seconds
    from core.tickets as t
    inner join core.ticket_doers as d on t.site_id = d.site_id and t.ticket_id = d.ticket_id
    inner join core.ticket_duties as u on t.site_id = u.site_id and t.ticket_id = u.ticket_id
    inner join core.rule_score as r on u.rules_at >= r.effective_from and u.rules_at < r.effective_until
    where not t.is_void and d.resolver_id is not null
),

-- a return that a second person has put down to something else does not undo the repair before it
linked as (
    select
        f.*,
        coalesce(
            f.reported_at > lag(f.restored_at + to_seconds(f.held_back_seconds)) over in_order
            or lag(x.ticket_id is not null) over in_order,
            true
        ) as is_first
    from restored as f
    left join core.repeat_exemptions as x
        on f.site_id = x.site_id and f.ticket_id = x.ticket_id and x.state = 'approved'
    where f.is_followable
    window in_order as (
        partition by f.site_id, f.asset_id, f.fault_family_code order by f.reported_at, f.ticket_id
    )
),

chained as (
    select
        l.*,
        sum(l.is_first::integer) over (
            partition by l.site_id, l.asset_id, l.fault_family_code order by l.reported_at, l.ticket_id
        ) as chain
    from linked as l
),

ended as (
    select
        c.site_id,
        c.ticket_id,
        c.asset_id,
        c.held_back_bp,
        last_value(c.ticket_id) over of_chain as last_ticket_id,
        last_value(c.resolver_id) over of_chain as last_resolver_id,
        last_value(c.restored_on) over of_chain as paid_on
    from chained as c
    window
        of_chain as (
            partition by c.site_id, c.asset_id, c.fault_family_code, c.chain order by c.reported_at, c.ticket_id
            rows between unbounded preceding and unbounded following
        )
    union all
    select
        r.site_id, r.ticket_id, r.asset_id, r.held_back_bp, r.ticket_id as last_ticket_id, r.resolver_id, r.restored_on
    from restored as r
    where not r.is_followable
),

shares as (
    select
        e.*,
        p.party,
        p.engineer_id,
        p.credit_bp,
        case
            when e.last_ticket_id = e.ticket_id or p.engineer_id is null then 0
            else p.credit_bp * e.held_back_bp // 10000
        end as moved_bp
    from ended as e
    inner join core.ticket_credits as p on e.site_id = p.site_id and e.ticket_id = p.ticket_id
    where e.paid_on is not null
),

paid as (
    select
        s.site_id,
        s.ticket_id,
        s.asset_id,
        s.party,
        s.engineer_id,
        s.credit_bp - s.moved_bp as credit_bp,
        s.paid_on,
        s.last_ticket_id
    from shares as s
    union all
    select
        s.site_id,
        s.ticket_id,
        s.asset_id,
        s.last_resolver_id as party,
        s.last_resolver_id,
        s.moved_bp,
        s.paid_on,
        s.last_ticket_id
    from shares as s
)

select
    site_id,
    ticket_id,
    asset_id,
    party,
    engineer_id,
    sum(credit_bp)::bigint as credit_bp,
    paid_on,
    nullif(last_ticket_id, ticket_id) as ended_by_ticket_id
from paid
where credit_bp > 0
group by site_id, ticket_id, asset_id, party, engineer_id, paid_on, last_ticket_id
order by site_id, ticket_id, party
