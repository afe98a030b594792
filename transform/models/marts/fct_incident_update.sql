select
  source, account, update_id, incident_id, position, coalesce(status, 'unknown') as status, source_status, message,
  {{ shown('posted_at') }} as posted_at, is_public, person_id
from {{ ref('int_incident_updates') }}
