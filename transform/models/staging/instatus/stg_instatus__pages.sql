with raw as (

{{ source_rows('instatus', 'pages', {
  'id': 'text',
  'name': 'text',
  'subdomain': 'text',
  'custom_domain': 'text',
  'launch_date': 'text',
  'created_at': 'timestamp'
}) }}

)

select
  source,
  account,
  id as page_id,
  name,
  subdomain,
  custom_domain,
  launch_date,
  created_at
from raw
