with raw as (

{{ source_rows('rootly', 'status_pages', {
  'id': 'text',
  'title': 'text',
  'public_title': 'text',
  'slug': 'text',
  'website_url': 'text',
  'enabled': 'boolean',
  'public': 'boolean',
  'created_at': 'timestamp'
}) }}

)

select
  source,
  account,
  id as page_id,
  title,
  public_title,
  slug,
  website_url as url,
  enabled,
  "public" as is_public,
  created_at
from raw
