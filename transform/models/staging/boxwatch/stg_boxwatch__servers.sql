with raw as (

{{ source_rows('boxwatch', 'servers', {
  'id': 'text',
  'name': 'text',
  'hostname': 'text',
  'group_id': 'text',
  'group_name': 'text',
  'status': 'text',
  'active': 'boolean',
  'created_at': 'timestamp'
}) }}

)

select
  source,
  account,
  id as server_number,
  name,
  hostname,
  group_id,
  group_name,
  status,
  active,
  created_at
from raw
