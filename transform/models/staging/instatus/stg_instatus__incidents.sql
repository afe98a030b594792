with raw as (

{{ source_rows('instatus', 'incidents', {
  'id': 'text',
  'page_id': 'text',
  'name': 'text',
  'status': 'text',
  'impact': 'text',
  'visibility_state': 'text',
  'started': 'timestamp',
  'resolved': 'timestamp',
  'created_at': 'timestamp',
  'updated_at': 'timestamp'
}) }}

)

select
  source,
  account,
  id as incident_id,
  page_id,
  name as title,
  status,
  impact,
  visibility_state,
  started as started_at,
  resolved as resolved_at,
  created_at,
  updated_at
from raw
