-- description: Canonical tables that a source yields; a KPI that needs another one is 未接入.
-- grain: [table_name]
-- live: true
-- columns:
--   table_name: canonical table
select distinct t.table_name
from raw.connected_tables as t
order by t.table_name
