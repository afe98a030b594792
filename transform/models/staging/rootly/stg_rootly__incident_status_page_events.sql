with raw as (

{{ source_rows('rootly', 'incident_status_page_events', {
  'id': 'text',
  'incident_id': 'text',
  'event': 'text',
  'status': 'text',
  'started_at': 'timestamp',
  'created_at': 'timestamp'
}) }}

)

select
  source,
  account,
  id as update_id,
  incident_id,
  event as message,
  status,
  started_at,
  created_at
from raw
