with raw as (

{{ source_rows('rootly', 'alerts', {
  'id': 'text',
  'summary': 'text',
  'status': 'text',
  'source': 'text',
  'alert_urgency_name': 'text',
  'noise': 'text',
  'group_leader_alert_id': 'text',
  'started_at': 'timestamp',
  'ended_at': 'timestamp',
  'created_at': 'timestamp',
  'url': 'text'
}) }}

)

select
  source,
  account,
  id as alert_id,
  summary,
  status,
  raw_source as origin,
  alert_urgency_name as urgency,
  noise,
  group_leader_alert_id,
  started_at,
  ended_at,
  created_at,
  url
from raw
