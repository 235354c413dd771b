-- description: Page counters that the inventory reads from printers.
-- needs: [glpi_printerlogs]
-- since: {table: glpi_printerlogs, column: date}
with readings as (
    select
        coalesce(regexp_extract(l.itemtype, '[^\\]*$'), 'Printer') as itemtype,
        coalesce(l.items_id, l.printers_id) as items_id,
        l.date as read_on,
        max(l.bw_pages) as bw_pages,
        max(l.color_pages) as color_pages,
        max(l.total_pages) as total_pages
    from source.glpi_printerlogs as l
    where l.date is not null
    group by all
),

meters as (
    select
        r.*,
        'mono_pages' as meter,
        -- printers that do not tell colour from black count one total
        case when r.bw_pages > 0 or r.color_pages > 0 then r.bw_pages else r.total_pages end as value
    from readings as r
    union all
    select r.*, 'colour_pages' as meter, r.color_pages as value from readings as r
)

select
    null::varchar as site_id,
    itemtype || '-' || items_id as asset_id,
    meter,
    read_on as read_at,
    value,
    null::boolean as is_replaced
from meters
where value > 0 and items_id is not null
