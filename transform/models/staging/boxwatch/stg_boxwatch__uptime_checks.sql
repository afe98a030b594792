with raw as (

{{ source_rows('boxwatch', 'uptime_checks', {
  'id': 'text',
  'name': 'text',
  'target': 'text',
  'last_status': 'text',
  'enabled': 'boolean',
  'created_at': 'timestamp'
}) }}

)

select
  source,
  account,
  id as check_number,
  name,
  target,
  last_status as status,
  enabled,
  created_at
from raw
