with raw as (

{{ source_rows('rootly', 'incidents', {
  'id': 'text',
  'title': 'text',
  'url': 'text',
  'status': 'text',
  'kind': 'text',
  'severity_id': 'text',
  'severity_name': 'text',
  'parent_incident_id': 'text',
  'duplicate_incident_id': 'text',
  'scheduled_for': 'timestamp',
  'scheduled_until': 'timestamp',
  'in_triage_at': 'timestamp',
  'started_at': 'timestamp',
  'detected_at': 'timestamp',
  'acknowledged_at': 'timestamp',
  'mitigated_at': 'timestamp',
  'resolved_at': 'timestamp',
  'closed_at': 'timestamp',
  'cancelled_at': 'timestamp',
  'created_at': 'timestamp',
  'updated_at': 'timestamp',
  'service_ids': 'list',
  'functionality_ids': 'list'
}) }}

)

select
  source,
  account,
  id as incident_id,
  title,
  url,
  status,
  kind,
  severity_id,
  severity_name,
  parent_incident_id,
  duplicate_incident_id,
  scheduled_for,
  scheduled_until,
  in_triage_at,
  started_at,
  detected_at,
  acknowledged_at,
  mitigated_at,
  resolved_at,
  closed_at,
  cancelled_at,
  created_at,
  updated_at,
  service_ids,
  functionality_ids
from raw
