with raw as (

{{ source_rows('cachet', 'incident_updates', {
  'id': 'bigint',
  'incident_id': 'text',
  'user_id': 'text',
  'message': 'text',
  'status': 'bigint',
  'status_label': 'text',
  'created_at': 'timestamp'
}) }}

)

select
  source,
  account,
  id as update_number,
  incident_id,
  user_id as person_id,
  message,
  status,
  status_label,
  created_at as posted_at
from raw
