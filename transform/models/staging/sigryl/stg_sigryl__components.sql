with raw as (

{{ source_rows('sigryl', 'components', {
  'id': 'text',
  'page_slug': 'text',
  'name': 'text',
  'description': 'text',
  'status': 'text'
}) }}

)

select
  source,
  account,
  id as component_id,
  page_slug as page_id,
  name,
  description,
  status
from raw
