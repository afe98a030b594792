with raw as (

{{ source_rows('boxwatch', 'incident_updates', {
  'id': 'text',
  'incident_id': 'text',
  'status': 'text',
  'message': 'text',
  'created_at': 'timestamp'
}, with_deleted=true) }}

)

select
  source,
  account,
  id as update_id,
  incident_id,
  status,
  message,
  created_at as posted_at,
  deleted_at
from raw
