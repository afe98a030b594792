-- The stretches of an incident begin with it, follow one another without gap and overlap, change the status, and the last is open.
with stretches as (

  select
    s.*, i.started_at as incident_started_at,
    lag(s.ended_at) over (partition by s.source, s.account, s.incident_id order by s.position) as before_ended_at,
    lag(s.status) over (partition by s.source, s.account, s.incident_id order by s.position) as before_status,
    lead(s.position) over (partition by s.source, s.account, s.incident_id order by s.position) as next_position
  from {{ ref('fct_incident_status') }} as s
  inner join {{ ref('fct_incident') }} as i
    on i.source = s.source and i.account = s.account and i.incident_id = s.incident_id

)

select *
from stretches
where (position = 1 and started_at <> incident_started_at)
  or (position > 1 and (before_ended_at is null or before_ended_at <> started_at or before_status = status))
  or (next_position is null) <> (ended_at is null)
  or ended_at <= started_at
