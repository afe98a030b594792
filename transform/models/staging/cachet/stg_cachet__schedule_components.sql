with raw as (

{{ source_rows('cachet', 'schedule_components', {
  'schedule_id': 'text',
  'component_id': 'text',
  'status_label': 'text'
}) }}

)

select
  source,
  account,
  schedule_id as maintenance_id,
  component_id,
  status_label
from raw
