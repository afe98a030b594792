with raw as (

{{ source_rows('rootly', 'functionalities', {
  'id': 'text',
  'name': 'text',
  'description': 'text',
  'created_at': 'timestamp'
}) }}

)

select
  source,
  account,
  id as component_id,
  name,
  description,
  created_at
from raw
