with raw as (

{{ source_rows('sigryl', 'incident_updates', {
  'incident_id': 'text',
  'position': 'bigint',
  'status': 'text',
  'message': 'text',
  'created_at': 'timestamp'
}) }}

)

select
  source,
  account,
  incident_id,
  position as source_order,
  status,
  message,
  created_at as posted_at
from raw
