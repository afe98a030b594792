with raw as (

{{ source_rows('cachet', 'incidents', {
  'id': 'bigint',
  'name': 'text',
  'permalink': 'text',
  'status': 'bigint',
  'latest_status': 'bigint',
  'visible': 'bigint',
  'occurred_at': 'timestamp',
  'published_at': 'timestamp',
  'created_at': 'timestamp',
  'updated_at': 'timestamp',
  'status_label': 'text',
  'component_id': 'text'
}) }}

)

select
  source,
  account,
  id as incident_number,
  name as title,
  permalink as url,
  status,
  latest_status,
  visible,
  occurred_at,
  published_at,
  created_at,
  updated_at,
  status_label,
  component_id
from raw
