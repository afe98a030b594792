with raw as (

{{ source_rows('rootly', 'incident_action_items', {
  'incident_id': 'text',
  'action_item_id': 'text'
}) }}

)

select
  source,
  account,
  incident_id,
  action_item_id
from raw
