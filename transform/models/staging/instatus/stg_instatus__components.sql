with raw as (

{{ source_rows('instatus', 'components', {
  'id': 'text',
  'page_id': 'text',
  'group_id': 'text',
  'name': 'text',
  'description': 'text',
  'is_group': 'boolean',
  'status': 'text',
  'archived': 'boolean',
  'created_at': 'timestamp',
  'archived_at': 'timestamp'
}) }}

)

select
  source,
  account,
  id as component_id,
  page_id,
  group_id,
  name,
  description,
  is_group,
  status,
  archived,
  created_at,
  archived_at
from raw
