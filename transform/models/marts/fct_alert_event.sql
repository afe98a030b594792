select
  e.source, e.account, e.event_id, e.alert_id, e.kind, e.action, {{ shown('e.happened_at') }} as happened_at,
  e.person_id, coalesce(p.name, e.person_name) as person_name, e.schedule_id, e.incident_id, e.escalation_level
from {{ ref('stg_rootly__alert_events') }} as e
left join {{ ref('int_people') }} as p
  on p.source = e.source and p.account = e.account and p.person_id = e.person_id
