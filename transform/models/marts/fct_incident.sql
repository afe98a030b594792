select
  source, account, incident_id, title, url, page_id, kind, status, source_status, severity, source_severity,
  {{ shown('started_at') }} as started_at,
  {{ shown('detected_at') }} as detected_at,
  {{ shown('acknowledged_at') }} as acknowledged_at,
  {{ shown('mitigated_at') }} as mitigated_at,
  {{ shown('resolved_at') }} as resolved_at,
  {{ shown('created_at') }} as created_at,
  {{ shown('updated_at') }} as updated_at,
  {{ shown('last_activity_at') }} as last_activity_at,
  {{ shown('left_page_by') }} as left_page_by,
  is_open, is_counted, is_hidden, is_forgotten, is_sub_incident, parent_incident_id, duplicate_of_incident_id,
  {{ duration('started_at', 'acknowledged_at') }} as seconds_to_acknowledge,
  {{ duration('started_at', 'mitigated_at') }} as seconds_to_mitigate,
  {{ duration('started_at', 'resolved_at') }} as seconds_to_resolve,
  updates, components,
  {{ shown('first_public_update_at') }} as first_public_update_at
from {{ ref('int_incidents') }}
