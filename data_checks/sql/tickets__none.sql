-- table: tickets
-- severity: critical
-- aspect: complete
-- counts: once
-- zh: 来源中没有任何有效工单
-- en: the source holds no usable ticket at all
select 'tickets' as table_name
where not exists (
    select 1
    from raw.tickets as ticket
    where not ticket._is_deleted
)
