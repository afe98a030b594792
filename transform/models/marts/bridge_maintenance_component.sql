select source, account, maintenance_id, component_id, source_status
from {{ ref('int_maintenance_components') }}
