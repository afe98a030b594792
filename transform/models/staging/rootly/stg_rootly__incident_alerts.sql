with raw as (

{{ source_rows('rootly', 'incident_alerts', {
  'incident_id': 'text',
  'alert_id': 'text'
}) }}

)

select
  source,
  account,
  incident_id,
  alert_id
from raw
