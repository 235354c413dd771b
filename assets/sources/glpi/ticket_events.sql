-- description: "The life of a ticket from GLPI's history: what its own columns have forgotten is still there."
-- needs: [glpi_tickets, glpi_logs]
-- since:
--   table: glpi_tickets
--   column: date_mod
--   key: id
--   related:
--     glpi_tickets: id
--     glpi_logs: items_id
--     glpi_itilsolutions: items_id
--     glpi_itilfollowups: items_id
--     glpi_tickettasks: tickets_id
with tickets as (
    select * from source.glpi_tickets as t where coalesce(t.is_deleted, 0) = 0
),

-- 1 new, 2 assigned, 3 planned, 4 pending, 5 solved, 6 closed
status_logs as (
    select
        l.id,
        l.items_id as tickets_id,
        l.date_mod as at,
        try_cast(l.old_value as integer) as old_status,
        try_cast(l.new_value as integer) as new_status
    from source.glpi_logs as l
    where l.itemtype = 'Ticket' and l.linked_action = 0 and l.id_search_option = 12
),

-- what each change of status means; leaving "closed" for "solved" is neither end nor beginning
status_events as (
    select
        s.*,
        m.type,
        m.rank_in_log
    from status_logs as s
    inner join (
        values ('reopened', 1), ('resumed', 2), ('paused', 3), ('restored', 4), ('closed', 5)
    ) as m (type, rank_in_log)
        on
            -- plugins add states of their own: neither pending nor an end
            (m.type = 'reopened' and s.old_status in (5, 6) and s.new_status not in (5, 6))
            or (m.type = 'resumed' and s.old_status = 4 and s.new_status not in (4, 5, 6))
            or (m.type = 'paused' and s.old_status != 4 and s.new_status = 4)
            or (m.type = 'restored' and s.old_status not in (5, 6) and s.new_status in (5, 6))
            or (m.type = 'closed' and s.old_status != 6 and s.new_status = 6)
),

-- 15: an actor was added (5 technician, 8 group in charge); 16: one was removed, of whatever role
actor_logs as (
    select
        l.id,
        l.items_id as tickets_id,
        l.date_mod as at,
        l.linked_action = 15 as is_added,
        l.itemtype_link as kind,
        try_cast(
            regexp_extract(case when l.linked_action = 15 then l.new_value else l.old_value end, '\(([0-9]+)\)\s*$', 1)
            as bigint
        ) as actor_id
    from source.glpi_logs as l
    where
        l.itemtype = 'Ticket'
        and l.itemtype_link in ('User', 'Group')
        and (
            (l.linked_action = 15 and l.id_search_option in (5, 8))
            or (l.linked_action = 16 and l.id_search_option = 0)
        )
),

-- removals of requesters and observers are not ours
assignments as (
    select a.*
    from actor_logs as a
    where
        a.is_added
        or exists (
            select 1 from actor_logs as b
            where b.is_added and b.tickets_id = a.tickets_id and b.kind = a.kind and b.actor_id = a.actor_id
        )
),

-- one submitted form is one second
handovers as (
    select
        a.tickets_id,
        a.at,
        min(a.id) as id,
        arg_min(a.actor_id, a.id) filter (where a.is_added and a.kind = 'User') as added_user,
        arg_min(a.actor_id, a.id) filter (where not a.is_added and a.kind = 'User') as removed_user,
        count(*) filter (where a.is_added) as added_count,
        count(*) filter (where a.is_added and a.kind = 'User') as added_users,
        count(*) filter (where not a.is_added and a.kind = 'User') as removed_users,
        count(*) filter (where not a.is_added) as removed_count
    from assignments as a
    group by a.tickets_id, a.at
),

numbered as (
    select
        h.*,
        coalesce(sum(h.added_count) over earlier, 0) as added_before,
        coalesce(sum(h.added_users - h.removed_users) over earlier, 0) as users_before,
        coalesce(sum(h.added_count - h.removed_count) over earlier, 0) as assigned_before
    from handovers as h
    window earlier as (
        partition by h.tickets_id order by h.at rows between unbounded preceding and 1 preceding
    )
),

assignment_events as (
    select
        n.*,
        case
            when n.added_before > 0 and (n.removed_count > 0 or n.assigned_before <= 0) then 'transferred'
            -- work had begun before anyone was named: whoever is named now has it
            when n.users_before <= 0 and n.added_user is not null and n.at > t.takeintoaccountdate then 'accepted'
            when n.added_before = 0 then 'dispatched'
            -- a group had it; now someone of it does
            when n.users_before <= 0 and n.added_user is not null then 'dispatched'
            when n.added_user is not null then 'coworker_joined'
        end as type
    from numbered as n
    inner join tickets as t on n.tickets_id = t.id
    where n.added_count > 0
),

first_technicians as (
    select
        a.tickets_id,
        arg_min(a.actor_id, (a.at, a.id)) as users_id
    from actor_logs as a
    inner join tickets as t on a.tickets_id = t.id
    where a.is_added and a.kind = 'User' and a.at <= t.takeintoaccountdate
    group by a.tickets_id
),

-- why it waits: a reason is kept with the follow-up or task that made the ticket wait
reasons as (
    select
        x.tickets_id,
        x.at,
        case
            when regexp_matches(p.name, '配件|备件|待件|缺件|(?i:part|spare|pi.ce)') then 'waiting_part'
            when regexp_matches(p.name, '用户|科室|报修人|(?i:user|requester|caller|customer|utilisateur|demandeur)')
                then 'waiting_user'
            when regexp_matches(p.name, '审批|批准|(?i:approv|validation)') then 'approval'
            when regexp_matches(p.name, '厂商|厂家|供应商|外修|送修|(?i:vendor|supplier|provider|fournisseur)')
                then 'vendor'
            when regexp_matches(p.name, '不可抗力|(?i:force.majeure)') then 'force_majeure'
        end as reason_code
    from (
        select
            f.items_id as tickets_id,
            f.date_creation as at,
            r.pendingreasons_id
        from source.glpi_pendingreasons_items as r
        inner join source.glpi_itilfollowups as f on r.items_id = f.id
        where r.itemtype = 'ITILFollowup' and f.itemtype = 'Ticket'
        union all
        select
            k.tickets_id,
            k.date_creation as at,
            r.pendingreasons_id
        from source.glpi_pendingreasons_items as r
        inner join source.glpi_tickettasks as k on r.items_id = k.id
        where r.itemtype = 'TicketTask'
    ) as x
    inner join source.glpi_pendingreasons as p on x.pendingreasons_id = p.id
),

pause_reasons as (
    select
        s.id,
        arg_min(r.reason_code, abs(epoch(r.at - s.at))) as reason_code
    from status_events as s
    inner join reasons as r
        on
            s.tickets_id = r.tickets_id
            and r.at between s.at - interval 5 second and s.at + interval 5 second
    where s.type = 'paused' and r.reason_code is not null
    group by s.id
),

-- a refused solution (status 4) is what reopened the ticket; one of the same second is already the next
last_solutions as (
    select
        s.id,
        arg_max(o.status, (o.date_creation < s.at, o.date_creation, o.id)) as solution_status
    from status_events as s
    inner join source.glpi_itilsolutions as o
        on s.tickets_id = o.items_id and o.itemtype = 'Ticket' and o.date_creation <= s.at
    where s.type = 'reopened'
    group by s.id
),

-- tickets that were born solved, or whose history was switched off, have only their columns
ends as (
    select
        s.tickets_id,
        count(*) filter (where s.new_status in (5, 6)) as solved_count,
        count(*) filter (where s.new_status = 6) as closed_count
    from status_logs as s
    group by s.tickets_id
),

-- One second may hold several events. After report, dispatch and acceptance they follow the history's own
-- order: GLPI writes a change of status before the change of hands that came with it.
events as (
    select
        'T' || t.id || '-reported' as event_id,
        t.id as tickets_id,
        0 as ordinal,
        t.date as at,
        'reported' as type,
        null::bigint as engineer_id,
        null::bigint as to_engineer_id,
        null::varchar as reason_code,
        null::varchar as note,
        coalesce(t.date_creation, t.date) as recorded_at
    from tickets as t
    union all
    select
        'T' || t.id || '-accepted',
        t.id,
        2 as ordinal,
        t.takeintoaccountdate as at,
        'accepted',
        f.users_id,
        null,
        null,
        null,
        t.takeintoaccountdate as recorded_at
    from tickets as t
    left join first_technicians as f on t.id = f.tickets_id
    where t.takeintoaccountdate is not null
    union all
    select
        'L' || a.id || '-' || a.type,
        a.tickets_id,
        case when a.type = 'dispatched' then 1 else a.id * 10 end as ordinal,
        a.at,
        a.type,
        case
            when a.type in ('accepted', 'coworker_joined') then a.added_user
            when a.type = 'transferred' then a.removed_user
        end,
        case when a.type in ('dispatched', 'transferred') then a.added_user end,
        null,
        null,
        a.at as recorded_at
    from assignment_events as a
    where a.type is not null
    union all
    select
        'L' || s.id || '-' || s.type,
        s.tickets_id,
        s.id * 10 + s.rank_in_log as ordinal,
        s.at,
        s.type,
        null,
        null,
        case
            when s.type = 'paused'
                then coalesce(p.reason_code, nullif(getvariable('pending_reason'), 'unknown'))
        end,
        case when s.type = 'reopened' and o.solution_status = 4 then '解决方案被退回' end,
        s.at as recorded_at
    from status_events as s
    inner join tickets as t on s.tickets_id = t.id
    left join pause_reasons as p on s.id = p.id
    left join last_solutions as o on s.id = o.id
    union all
    select
        'T' || t.id || '-restored',
        t.id,
        3 as ordinal,
        t.solvedate as at,
        'restored',
        null,
        null,
        null,
        null,
        t.solvedate as recorded_at
    from tickets as t
    left join ends as e on t.id = e.tickets_id
    where t.status in (5, 6) and t.solvedate is not null and coalesce(e.solved_count, 0) = 0
    union all
    select
        'T' || t.id || '-closed',
        t.id,
        4 as ordinal,
        t.closedate as at,
        'closed',
        null,
        null,
        null,
        null,
        t.closedate as recorded_at
    from tickets as t
    left join ends as e on t.id = e.tickets_id
    where t.status = 6 and t.closedate is not null and coalesce(e.closed_count, 0) = 0
)

select
    null::varchar as site_id,
    event_id,
    tickets_id::varchar as ticket_id,
    row_number() over (partition by tickets_id, events.at order by ordinal) - 1 as seq,
    events.at,
    type,
    engineer_id::varchar as engineer_id,
    to_engineer_id::varchar as to_engineer_id,
    reason_code,
    note,
    recorded_at
from events
