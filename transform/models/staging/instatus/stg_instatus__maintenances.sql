with raw as (

{{ source_rows('instatus', 'maintenances', {
  'id': 'text',
  'page_id': 'text',
  'name': 'text',
  'status': 'text',
  'start': 'timestamp',
  'end': 'timestamp',
  'resolved': 'timestamp',
  'duration': 'bigint'
}) }}

)

select
  source,
  account,
  id as maintenance_id,
  page_id,
  name as title,
  status,
  "start" as scheduled_start_at,
  "end" as scheduled_end_at,
  resolved as ended_at,
  duration as minutes
from raw
