with affected as (

  select
    source, account, component_id, began_at, ended_at, level, incidents, incidents_begun,
    lag(ended_at) over component as before_ended_at,
    lag(level) over component as before_level
  from {{ ref('int_component_stretches') }}
  where level > 0
  window component as (partition by source, account, component_id order by began_at)

),

numbered as (

  select
    *,
    sum(case when before_ended_at = began_at then 0 else 1 end) over component as outage,
    sum(case when before_ended_at = began_at and before_level = level then 0 else 1 end) over component as position,
    case when before_ended_at = began_at and before_level = level then incidents_begun else incidents end as incidents_new
  from affected
  window component as (partition by source, account, component_id order by began_at)

),

stretches as (

  select
    source, account, component_id, position, outage, level, min(began_at) as began_at, max(ended_at) as ended_at,
    sum(incidents_new) as incidents
  from numbered
  group by source, account, component_id, position, outage, level

)

select
  source, account, component_id, cast(position as bigint) as position, cast(outage as bigint) as outage,
  {{ affected_status('level') }} as status,
  {{ shown('began_at') }} as started_at,
  case when ended_at < {{ now() }} then {{ shown('ended_at') }} end as ended_at,
  {{ seconds_between('began_at', 'ended_at') }} as seconds,
  cast(incidents as bigint) as incidents
from stretches
