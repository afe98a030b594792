with raw as (

{{ source_rows('instatus', 'incident_components', {
  'incident_id': 'text',
  'component_id': 'text',
  'status': 'text'
}) }}

)

select
  source,
  account,
  incident_id,
  component_id,
  status
from raw
