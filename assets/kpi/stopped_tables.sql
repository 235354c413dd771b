-- description: Tables whose form in the source has changed; they stand at their last good load.
-- grain: [source, table_name]
-- live: true
-- columns:
--   source: name of the source
--   table_name: canonical table
--   stopped_at: as-of of the last good load (UTC)
--   because: what has changed, in Chinese
select s.source, s.table_name, s.stopped_at, s.because
from raw.table_shape as s
where s.because is not null
order by s.source, s.table_name
