with tables as (

{{ loaded_tables() }}

),

measured as (

  select
    source, case when source = 'boxwatch' then split_part(account, '/', 1) else account end as account,
    sum(case when least(detected_at, acknowledged_at, mitigated_at, resolved_at) < started_at then 1 else 0 end) as ends_before_start,
    sum(case when status = 'resolved' and resolved_at is null then 1 else 0 end) as at_unknown_time,
    sum(case when is_forgotten then 1 else 0 end) as forgotten,
    sum(case when severity = 'unknown' then 1 else 0 end) as unknown_severity,
    sum(case when components = 0 then 1 else 0 end) as without_component
  from {{ ref('int_incidents') }}
  group by source, case when source = 'boxwatch' then split_part(account, '/', 1) else account end

)

select
  t.source, t.account, t.schema_name, t.table_name, t.row_count, t.deleted_row_count,
  {{ shown('t.newest_row_at') }} as newest_row_at,
  {{ shown('t.loaded_at') }} as loaded_at,
  cast(m.ends_before_start as bigint) as ends_before_start,
  cast(m.at_unknown_time as bigint) as resolved_at_unknown_time,
  cast(m.forgotten as bigint) as forgotten,
  cast(m.unknown_severity as bigint) as unknown_severity,
  cast(m.without_component as bigint) as without_component
from tables as t
left join measured as m
  on t.table_name = 'incidents' and m.source = t.source and m.account = t.account
