with raw as (

{{ source_rows('rootly', 'users', {
  'id': 'text',
  'full_name': 'text'
}) }}

)

select
  source,
  account,
  id as person_id,
  full_name as name
from raw
