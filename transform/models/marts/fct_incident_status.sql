with changes as (

  select
    source, account, incident_id, changed_at, status,
    lag(status) over (partition by source, account, incident_id order by changed_at) as status_before
  from {{ ref('int_incident_edges') }}

),

stretches as (

  select
    source, account, incident_id, status, changed_at as started_at,
    row_number() over (partition by source, account, incident_id order by changed_at) as position,
    lead(changed_at) over (partition by source, account, incident_id order by changed_at) as ended_at
  from changes
  where status_before is null or status <> status_before

)

select
  s.source, s.account, s.incident_id, s.position, s.status,
  {{ shown('s.started_at') }} as started_at,
  {{ shown('s.ended_at') }} as ended_at,
  {{ duration('s.started_at', 's.ended_at') }} as seconds,
  s.ended_at is null and s.status = i.status as is_current
from stretches as s
inner join {{ ref('int_incidents') }} as i
  on i.source = s.source and i.account = s.account and i.incident_id = s.incident_id
