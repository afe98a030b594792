with raw as (

{{ source_rows('sigryl', 'status_pages', {
  'slug': 'text',
  'name': 'text'
}) }}

)

select
  source,
  account,
  slug as page_id,
  name
from raw
