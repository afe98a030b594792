with raw as (

{{ source_rows('sigryl', 'incidents', {
  'id': 'text',
  'page_slug': 'text',
  'title': 'text',
  'status': 'text',
  'severity': 'text',
  'created_at': 'timestamp',
  'affected_component_ids': 'list'
}) }}

)

select
  source,
  account,
  id as incident_id,
  page_slug as page_id,
  title,
  status,
  severity,
  created_at,
  affected_component_ids as component_ids
from raw
