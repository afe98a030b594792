with raw as (

{{ source_rows('instatus', 'maintenance_components', {
  'maintenance_id': 'text',
  'component_id': 'text',
  'status': 'text'
}) }}

)

select
  source,
  account,
  maintenance_id,
  component_id,
  status
from raw
