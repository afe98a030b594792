with raw as (

{{ source_rows('boxwatch', 'status_pages', {
  'id': 'text',
  'name': 'text',
  'slug': 'text',
  'custom_domain': 'text',
  'enabled': 'boolean',
  'created_at': 'timestamp'
}) }}

)

select
  source,
  account,
  id as page_id,
  name,
  slug,
  custom_domain,
  enabled,
  created_at
from raw
