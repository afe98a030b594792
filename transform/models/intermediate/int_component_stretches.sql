{#-
  A component's time cut wherever an incident or a maintenance of it begins or ends: how badly it is affected in each piece,
  and whether it is in maintenance. A sweep over begins and ends: no two intervals are ever compared.
-#}
with intervals as (

  select
    c.source, c.account, c.component_id, {{ affected_level('c.impact_status') }} as level,
    i.started_at as began_at,
    -- Of a forgotten incident the time after its last sign of life counts for so long and no longer.
    least(
      case when i.is_forgotten then {{ days_after('i.last_activity_at', var('forgotten_after_days')) }} else i.resolved_at end,
      {{ now() }}
    ) as ended_at
  from {{ ref('int_incident_impacts') }} as c
  inner join {{ ref('int_incidents') }} as i
    on i.source = c.source and i.account = c.account and i.incident_id = c.incident_id
  where i.is_counted and not i.is_hidden and (i.is_open or i.resolved_at is not null)
    and {{ affected_level('c.impact_status') }} > 0

  union all

  select c.source, c.account, c.component_id, 0, m.started_at, least(m.ended_at, {{ now() }})
  from {{ ref('int_maintenance_components') }} as c
  inner join {{ ref('int_maintenances') }} as m
    on m.source = c.source and m.account = c.account and m.maintenance_id = c.maintenance_id
  where not m.is_hidden and m.started_at is not null

),

edges as (

  select
    source, account, component_id, began_at as edge_at,
    case when level = 3 then 1 else 0 end as major, case when level = 2 then 1 else 0 end as partial,
    case when level = 1 then 1 else 0 end as degraded, case when level = 0 then 1 else 0 end as maintenance,
    case when level > 0 then 1 else 0 end as begun
  from intervals
  where began_at < ended_at

  union all

  select
    source, account, component_id, ended_at,
    case when level = 3 then -1 else 0 end, case when level = 2 then -1 else 0 end,
    case when level = 1 then -1 else 0 end, case when level = 0 then -1 else 0 end, 0
  from intervals
  where began_at < ended_at

),

moments as (

  select
    source, account, component_id, edge_at, sum(major) as major, sum(partial) as partial, sum(degraded) as degraded,
    sum(maintenance) as maintenance, sum(begun) as begun
  from edges
  group by source, account, component_id, edge_at

),

running as (

  select
    source, account, component_id, edge_at as began_at, begun,
    lead(edge_at) over component as ended_at,
    sum(major) over component as major, sum(partial) over component as partial, sum(degraded) over component as degraded,
    sum(maintenance) over component as maintenance
  from moments
  window component as (partition by source, account, component_id order by edge_at)

)

select
  source, account, component_id, began_at, ended_at,
  case when major > 0 then 3 when partial > 0 then 2 when degraded > 0 then 1 else 0 end as level,
  maintenance > 0 as in_maintenance,
  cast(begun as bigint) as incidents_begun,
  cast(major + partial + degraded as bigint) as incidents
from running
where ended_at is not null
