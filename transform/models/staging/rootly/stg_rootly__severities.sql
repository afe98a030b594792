with raw as (

{{ source_rows('rootly', 'severities', {
  'id': 'text',
  'severity': 'text'
}) }}

)

select
  source,
  account,
  id as severity_id,
  severity
from raw
