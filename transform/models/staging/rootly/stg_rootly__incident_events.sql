with raw as (

{{ source_rows('rootly', 'incident_events', {
  'id': 'text',
  'incident_id': 'text',
  'event': 'text',
  'visibility': 'text',
  'occurred_at': 'timestamp',
  'created_at': 'timestamp'
}) }}

)

select
  source,
  account,
  id as update_id,
  incident_id,
  event as message,
  visibility,
  occurred_at,
  created_at
from raw
