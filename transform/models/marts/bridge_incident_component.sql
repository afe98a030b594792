select source, account, incident_id, component_id, source_status, impact_status, is_derived
from {{ ref('int_incident_impacts') }}
