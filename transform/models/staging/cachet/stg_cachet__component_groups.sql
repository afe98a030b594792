with raw as (

{{ source_rows('cachet', 'component_groups', {
  'id': 'text',
  'name': 'text'
}) }}

)

select
  source,
  account,
  id as group_id,
  name
from raw
