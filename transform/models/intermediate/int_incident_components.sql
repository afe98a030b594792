{#- Rootly, Sigryl and BoxWatch tell which components an incident affects, and not how. -#}
with rootly_services as (

  {{ each_of(ref('stg_rootly__incidents'), 'service_ids', ['source', 'account', 'incident_id']) }}

),

rootly_functionalities as (

  {{ each_of(ref('stg_rootly__incidents'), 'functionality_ids', ['source', 'account', 'incident_id']) }}

),

sigryl_components as (

  {{ each_of(ref('stg_sigryl__incidents'), 'component_ids', ['source', 'account', 'incident_id']) }}

),

boxwatch_servers as (

  {{ each_of(ref('stg_boxwatch__incidents'), 'server_numbers', ['source', 'account', 'incident_id']) }}

),

links as (

  select source, account, incident_id, component_id, status_label as source_status, {{ component_status('cachet', 'status') }} as status
  from {{ ref('stg_cachet__incident_components') }}

  union all

  -- Older servers file an incident under one component, without a status; newer ones leave this empty.
  select i.source, i.account, cast(i.incident_number as text), i.component_id, cast(null as text), 'unknown'
  from {{ ref('stg_cachet__incidents') }} as i
  where i.component_id is not null and not exists (
    select 1 from {{ ref('stg_cachet__incident_components') }} as c
    where c.source = i.source and c.account = i.account and c.incident_id = cast(i.incident_number as text)
  )

  union all

  select source, account, incident_id, component_id, status, {{ component_status('instatus', 'status') }}
  from {{ ref('stg_instatus__incident_components') }}

  union all

  select source, account, incident_id, value, cast(null as text), 'unknown' from rootly_services

  union all

  select source, account, incident_id, value, cast(null as text), 'unknown' from rootly_functionalities

  union all

  select source, account, incident_id, value, cast(null as text), 'unknown' from sigryl_components

  union all

  select source, account, incident_id, 'server-' || value, cast(null as text), 'unknown' from boxwatch_servers

)

-- A list may name a component twice.
select source, account, incident_id, component_id, max(source_status) as source_status, max(status) as status
from links
group by source, account, incident_id, component_id
