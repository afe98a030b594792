with raw as (

{{ source_rows('rootly', 'alert_events', {
  'id': 'text',
  'alert_id': 'text',
  'kind': 'text',
  'action': 'text',
  'user_id': 'text',
  'user_name': 'text',
  'incident_id': 'text',
  'schedule_id': 'text',
  'escalation_level': 'bigint',
  'created_at': 'timestamp',
  'incident_ids': 'list'
}) }}

)

select
  source,
  account,
  id as event_id,
  alert_id,
  kind,
  action,
  user_id as person_id,
  user_name as person_name,
  incident_id,
  schedule_id,
  escalation_level,
  created_at as happened_at,
  incident_ids
from raw
