-- What was loaded, and how new it is.
select
  source,
  account,
  schema_name,
  table_name,
  row_count,
  newest_row_at,
  loaded_at,
  ends_before_start,
  resolved_at_unknown_time,
  forgotten,
  unknown_severity,
  without_component
from {{ marts }}.load_health
order by source, account, table_name
