with raw as (

{{ source_rows('cachet', 'schedules', {
  'id': 'text',
  'name': 'text',
  'status': 'bigint',
  'status_label': 'text',
  'scheduled_at': 'timestamp',
  'completed_at': 'timestamp',
  'published_at': 'timestamp'
}) }}

)

select
  source,
  account,
  id as maintenance_id,
  name as title,
  status,
  status_label,
  scheduled_at,
  completed_at,
  published_at
from raw
