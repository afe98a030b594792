with raw as (

{{ source_rows('rootly', 'upcoming_shifts', {
  'id': 'text',
  'schedule_id': 'text',
  'user_id': 'text',
  'assignee_id': 'text',
  'assignee_type': 'text',
  'starts_at': 'timestamp',
  'ends_at': 'timestamp',
  'is_override': 'boolean',
  'is_shadow': 'boolean'
}) }}

)

select
  source,
  account,
  id as shift_id,
  schedule_id,
  user_id,
  assignee_id,
  assignee_type,
  starts_at as started_at,
  ends_at as ended_at,
  is_override,
  is_shadow
from raw
