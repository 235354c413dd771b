-- table: meter_readings
-- severity: warning
-- aspect: consistent
-- tolerance: 0.05
-- zh: 计数器读数倒退,既没有更换(is_replaced),也不到合同约定的归零值
-- en: a counter runs backwards without having been replaced and without a roll-over
with ordered as (
    select
        reading.site_id,
        reading.asset_id,
        reading.meter,
        reading.read_at,
        reading.value,
        coalesce(reading.is_replaced, false) as is_replaced,
        lag(reading.value) over (
            partition by reading.site_id, reading.asset_id, reading.meter order by reading.read_at
        ) as previous_value
    from raw.meter_readings as reading
    where not reading._is_deleted and reading.value is not null
),

limits as (
    select
        contract.site_id,
        contract.asset_id,
        max(contract.rollover_at) as rollover_at
    from raw.print_contracts as contract
    where not contract._is_deleted
    group by contract.site_id, contract.asset_id
)

select
    ordered.site_id,
    ordered.asset_id,
    ordered.meter,
    ordered.read_at
from ordered
left join limits on ordered.site_id = limits.site_id and ordered.asset_id = limits.asset_id
where
    ordered.value < ordered.previous_value
    and not ordered.is_replaced
    -- a counter that stood in the last tenth before its roll-over may begin anew
    and (limits.rollover_at is null or ordered.previous_value < limits.rollover_at * 0.9)
