with raw as (

{{ source_rows('boxwatch', 'incidents', {
  'id': 'text',
  'status_page_id': 'text',
  'title': 'text',
  'status': 'text',
  'severity': 'text',
  'created_at': 'timestamp',
  'resolved_at': 'timestamp',
  'affected_servers': 'list',
  '_sdc_extracted_at': 'timestamp'
}, with_deleted=true) }}

)

select
  source,
  account,
  id as incident_id,
  status_page_id as page_id,
  title,
  status,
  severity,
  created_at,
  resolved_at,
  affected_servers as server_numbers,
  _sdc_extracted_at as extracted_at,
  deleted_at
from raw
