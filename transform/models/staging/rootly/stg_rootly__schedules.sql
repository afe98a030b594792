with raw as (

{{ source_rows('rootly', 'schedules', {
  'id': 'text',
  'name': 'text'
}) }}

)

select
  source,
  account,
  id as schedule_id,
  name
from raw
