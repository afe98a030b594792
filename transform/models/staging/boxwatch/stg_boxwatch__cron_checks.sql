with raw as (

{{ source_rows('boxwatch', 'cron_checks', {
  'id': 'text',
  'name': 'text',
  'status': 'text',
  'enabled': 'boolean',
  'created_at': 'timestamp'
}) }}

)

select
  source,
  account,
  id as check_number,
  name,
  status,
  enabled,
  created_at
from raw
