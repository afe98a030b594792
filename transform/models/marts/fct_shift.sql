select
  s.source, s.account, s.shift_id, s.schedule_id, c.name as schedule_name, s.person_id, p.name as person_name,
  {{ shown('s.started_at') }} as started_at,
  {{ shown('s.ended_at') }} as ended_at,
  {{ duration('s.started_at', 's.ended_at') }} / 3600 as hours,
  s.is_override, s.is_shadow, s.started_at > {{ now() }} as is_upcoming
from {{ ref('int_shifts') }} as s
left join {{ ref('stg_rootly__schedules') }} as c
  on c.source = s.source and c.account = s.account and c.schedule_id = s.schedule_id
left join {{ ref('int_people') }} as p
  on p.source = s.source and p.account = s.account and p.person_id = s.person_id
