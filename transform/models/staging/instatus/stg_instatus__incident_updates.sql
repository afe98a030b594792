with raw as (

{{ source_rows('instatus', 'incident_updates', {
  'id': 'text',
  'incident_id': 'text',
  'status': 'text',
  'message': 'text',
  'started': 'timestamp',
  'created_at': 'timestamp'
}) }}

)

select
  source,
  account,
  id as update_id,
  incident_id,
  status,
  message,
  started as started_at,
  created_at
from raw
