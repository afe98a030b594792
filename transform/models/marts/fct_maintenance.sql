with components as (

  select source, account, maintenance_id, count(*) as components
  from {{ ref('int_maintenance_components') }}
  group by source, account, maintenance_id

)

select
  m.source, m.account, m.maintenance_id, m.title, m.page_id, m.status, m.source_status,
  {{ shown('m.scheduled_start_at') }} as scheduled_start_at,
  {{ shown('m.scheduled_end_at') }} as scheduled_end_at,
  {{ shown('m.started_at') }} as started_at,
  case when m.ended_at <= {{ now() }} then {{ shown('m.ended_at') }} end as ended_at,
  m.is_hidden,
  coalesce(c.components, 0) as components
from {{ ref('int_maintenances') }} as m
left join components as c
  on c.source = m.source and c.account = m.account and c.maintenance_id = m.maintenance_id
