with raw as (

{{ source_rows('cachet', 'incident_components', {
  'incident_id': 'text',
  'component_id': 'text',
  'status': 'bigint',
  'status_label': 'text'
}) }}

)

select
  source,
  account,
  incident_id,
  component_id,
  status,
  status_label
from raw
