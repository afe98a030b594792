with rootly_services as (

  {{ each_of(ref('stg_rootly__incidents'), 'service_ids', ['source', 'account', 'incident_id', 'kind']) }}

),

rootly_functionalities as (

  {{ each_of(ref('stg_rootly__incidents'), 'functionality_ids', ['source', 'account', 'incident_id', 'kind']) }}

),

links as (

  select source, account, maintenance_id, component_id, status_label as source_status
  from {{ ref('stg_cachet__schedule_components') }}

  union all

  select source, account, maintenance_id, component_id, status
  from {{ ref('stg_instatus__maintenance_components') }}

  union all

  select source, account, incident_id, value, cast(null as text) from rootly_services where kind like 'scheduled%'

  union all

  select source, account, incident_id, value, cast(null as text) from rootly_functionalities where kind like 'scheduled%'

)

select source, account, maintenance_id, component_id, max(source_status) as source_status
from links
group by source, account, maintenance_id, component_id
