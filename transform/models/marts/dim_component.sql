select
  source, account, component_id, kind, name, description, group_id, group_name, page_id, status, source_status,
  is_in_use, is_missing, {{ shown('created_at') }} as created_at, {{ shown('archived_at') }} as archived_at
from {{ ref('int_components') }}
