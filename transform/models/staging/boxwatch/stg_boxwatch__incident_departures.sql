with raw as (

{{ source_rows('boxwatch', 'incident_departures', {
  'incident_id': 'text',
  'first_missing_at': 'timestamp'
}) }}

)

select
  source,
  account,
  incident_id,
  first_missing_at
from raw
