with raw as (

{{ source_rows('cachet', 'components', {
  'id': 'text',
  'group_id': 'text',
  'name': 'text',
  'description': 'text',
  'status': 'bigint',
  'latest_status': 'bigint',
  'enabled': 'boolean',
  'created_at': 'timestamp'
}) }}

)

select
  source,
  account,
  id as component_id,
  group_id,
  name,
  description,
  status,
  latest_status,
  enabled,
  created_at
from raw
