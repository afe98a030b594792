with pieces as (

  select
    *, date_trunc('day', began_at) as first_day,
    -- A piece that ends at midnight has nothing of the day that begins then.
    date_trunc('day', ended_at - interval '1 microsecond') as last_day
  from {{ ref('int_component_stretches') }}
  where level > 0 or in_maintenance

),

pieces_by_day as (

  {{ each_step('pieces', ['source', 'account', 'component_id', 'began_at', 'ended_at', 'level', 'in_maintenance', 'incidents', 'incidents_begun'], 'first_day', 'last_day', 'day') }}

),

cut as (

  select
    source, account, component_id, step_at, level, in_maintenance, began_at,
    case when began_at < step_at then incidents else incidents_begun end as incidents_begun, incidents,
    {{ seconds_between('greatest(began_at, step_at)', "least(ended_at, step_at + interval '1 day')") }} as seconds
  from pieces_by_day

),

affected as (

  select
    source, account, component_id, step_at,
    sum(case when level = 3 and not in_maintenance then seconds else 0 end) as major,
    sum(case when level = 2 and not in_maintenance then seconds else 0 end) as partial,
    sum(case when level = 1 and not in_maintenance then seconds else 0 end) as degraded,
    sum(case when in_maintenance then seconds else 0 end) as maintenance,
    sum(case when in_maintenance and level > 0 then seconds else 0 end) as outage_in_maintenance,
    -- Those under way when the day began, and those that began on it.
    sum(incidents_begun) as incidents
  from cut
  group by source, account, component_id, step_at

),

spans as (

  select source, account, component_id, min(first_day) as first_day, max(last_day) as last_day
  from pieces
  group by source, account, component_id

),

account_starts as (

  select source, account, date_trunc('day', min(started_at)) as first_day
  from (
    select source, account, started_at from {{ ref('int_incidents') }}
    union all
    select source, account, started_at from {{ ref('int_maintenances') }}
  ) as starts
  where started_at <= {{ now() }}
  group by source, account

),

ranges as (

  select
    c.source, c.account, c.component_id,
    case when c.is_missing or (c.kind = 'group' and s.first_day is not null) then s.first_day
      else least(coalesce(date_trunc('day', c.created_at), a.first_day), s.first_day) end as first_day,
    case when c.is_in_use and c.kind <> 'group' then date_trunc('day', {{ now() }} - interval '1 microsecond')
      else greatest(date_trunc('day', c.archived_at), s.last_day) end as last_day
  from {{ ref('int_components') }} as c
  left join spans as s on s.source = c.source and s.account = c.account and s.component_id = c.component_id
  left join account_starts as a on a.source = c.source and a.account = c.account

),

bounded as (

  select * from ranges where first_day is not null and last_day is not null and first_day <= last_day

),

days as (

  {{ each_step('bounded', ['source', 'account', 'component_id'], 'first_day', 'last_day', 'day') }}

),

measured as (

  select
    d.source, d.account, d.component_id, d.step_at,
    {{ seconds_between('d.step_at', "least(d.step_at + interval '1 day', " ~ now() ~ ")") }} as seconds,
    coalesce(a.major, 0) as major, coalesce(a.partial, 0) as partial, coalesce(a.degraded, 0) as degraded,
    coalesce(a.maintenance, 0) as maintenance, coalesce(a.outage_in_maintenance, 0) as outage_in_maintenance,
    coalesce(a.incidents, 0) as incidents
  from days as d
  left join affected as a
    on a.source = d.source and a.account = d.account and a.component_id = d.component_id and a.step_at = d.step_at

)

select
  source, account, component_id, cast(step_at as date) as day, seconds,
  major as seconds_major_outage, partial as seconds_partial_outage, degraded as seconds_degraded,
  maintenance as seconds_maintenance, outage_in_maintenance as seconds_outage_in_maintenance,
  {{ uptime('seconds - maintenance', 'major', 'partial', 'degraded') }} as uptime,
  cast(incidents as bigint) as incidents
from measured
