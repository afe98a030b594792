with raw as (

{{ source_rows('rootly', 'post_mortems', {
  'id': 'text',
  'title': 'text',
  'status': 'text',
  'created_at': 'timestamp',
  'resolved_at': 'timestamp',
  'url': 'text'
}) }}

)

select
  source,
  account,
  id as retrospective_id,
  title,
  status,
  created_at,
  resolved_at,
  url
from raw
