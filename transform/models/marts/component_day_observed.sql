with stretches as (

  select
    source, account, component_id, status,
    {{ to_utc('started_at', 'timestamp with time zone') }} as began_at,
    least({{ to_utc('ended_at', 'timestamp with time zone') }}, {{ now() }}) as ended_at
  from {{ ref('component_status_history') }}

),

spans as (

  select *, date_trunc('day', began_at) as first_day, date_trunc('day', ended_at - interval '1 microsecond') as last_day
  from stretches
  where began_at < ended_at

),

by_day as (

  {{ each_step('spans', ['source', 'account', 'component_id', 'status', 'began_at', 'ended_at'], 'first_day', 'last_day', 'day') }}

),

cut as (

  select
    source, account, component_id, step_at, status,
    {{ seconds_between('greatest(began_at, step_at)', "least(ended_at, step_at + interval '1 day')") }} as seconds
  from by_day

),

measured as (

  select
    source, account, component_id, step_at, sum(seconds) as observed,
    sum(case when status = 'major_outage' then seconds else 0 end) as major,
    sum(case when status = 'partial_outage' then seconds else 0 end) as partial,
    sum(case when status = 'degraded' then seconds else 0 end) as degraded,
    sum(case when status = 'maintenance' then seconds else 0 end) as maintenance,
    sum(case when status = 'unknown' then seconds else 0 end) as unclear
  from cut
  group by source, account, component_id, step_at

)

select
  source, account, component_id, cast(step_at as date) as day, observed as seconds_observed,
  major as seconds_major_outage, partial as seconds_partial_outage, degraded as seconds_degraded,
  maintenance as seconds_maintenance, unclear as seconds_unknown,
  {{ uptime('observed - maintenance - unclear', 'major', 'partial', 'degraded') }} as uptime
from measured
