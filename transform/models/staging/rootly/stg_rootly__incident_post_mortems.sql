with raw as (

{{ source_rows('rootly', 'incident_post_mortems', {
  'incident_id': 'text',
  'post_mortem_id': 'text'
}) }}

)

select
  source,
  account,
  incident_id,
  post_mortem_id as retrospective_id
from raw
