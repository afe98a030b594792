with raw as (

{{ source_rows('rootly', 'action_items', {
  'id': 'text',
  'summary': 'text',
  'kind': 'text',
  'priority': 'text',
  'status': 'text',
  'created_at': 'timestamp',
  'updated_at': 'timestamp',
  'due_date': 'text',
  'assigned_to_id': 'text',
  'assigned_to_name': 'text'
}) }}

)

select
  source,
  account,
  id as action_item_id,
  summary,
  kind,
  priority,
  status,
  created_at,
  updated_at,
  due_date,
  assigned_to_id as person_id,
  assigned_to_name as person_name
from raw
