{#- Components as the sources list them, and those that are only named. -#}
with listed as (

  select
    c.source, c.account, c.component_id, 'component' as kind, c.name, c.description, c.group_id, g.name as group_name,
    'page' as page_id, {{ component_status('cachet', 'coalesce(c.latest_status, c.status)') }} as status,
    cast(coalesce(c.latest_status, c.status) as text) as source_status,
    coalesce(c.enabled, true) as is_in_use, c.created_at, cast(null as timestamp) as archived_at
  from {{ ref('stg_cachet__components') }} as c
  left join {{ ref('stg_cachet__component_groups') }} as g
    on g.source = c.source and g.account = c.account and g.group_id = c.group_id

  union all

  select
    c.source, c.account, c.component_id, case when c.is_group then 'group' else 'component' end, c.name, c.description,
    c.group_id, g.name, c.page_id, {{ component_status('instatus', 'c.status') }}, c.status,
    not coalesce(c.archived, c.archived_at is not null), c.created_at, c.archived_at
  from {{ ref('stg_instatus__components') }} as c
  left join {{ ref('stg_instatus__components') }} as g
    on g.source = c.source and g.account = c.account and g.component_id = c.group_id

  union all

  select
    source, account, component_id, 'service', name, description, cast(null as text), cast(null as text),
    cast(null as text), 'unknown', cast(null as text), true, created_at, cast(null as timestamp)
  from {{ ref('stg_rootly__services') }}

  union all

  select
    source, account, component_id, 'functionality', name, description, cast(null as text), cast(null as text),
    cast(null as text), 'unknown', cast(null as text), true, created_at, cast(null as timestamp)
  from {{ ref('stg_rootly__functionalities') }}

  union all

  select
    source, account, component_id, 'component', name, description, cast(null as text), cast(null as text),
    page_id, {{ component_status('sigryl', 'status') }}, status, true, cast(null as timestamp), cast(null as timestamp)
  from {{ ref('stg_sigryl__components') }}

  union all

  select
    source, account, 'server-' || server_number, 'server', coalesce(name, hostname), cast(null as text), group_id, group_name,
    cast(null as text), {{ component_status('boxwatch', 'status') }}, status, coalesce(active, true), created_at, cast(null as timestamp)
  from {{ ref('stg_boxwatch__servers') }}

  union all

  select
    source, account, 'uptime_check-' || check_number, 'uptime_check', name, target, cast(null as text), cast(null as text),
    cast(null as text), {{ component_status('boxwatch', 'status') }}, status, coalesce(enabled, true), created_at, cast(null as timestamp)
  from {{ ref('stg_boxwatch__uptime_checks') }}

  union all

  select
    source, account, 'cron_check-' || check_number, 'cron_check', name, cast(null as text), cast(null as text), cast(null as text),
    cast(null as text), {{ component_status('boxwatch', 'status') }}, status, coalesce(enabled, true), created_at, cast(null as timestamp)
  from {{ ref('stg_boxwatch__cron_checks') }}

),

named as (

  select source, account, component_id from {{ ref('int_incident_components') }}
  union
  select source, account, component_id from {{ ref('int_maintenance_components') }}

)

select *, false as is_missing from listed

union all

select
  n.source, n.account, n.component_id, 'unknown', cast(null as text), cast(null as text), cast(null as text), cast(null as text),
  cast(null as text), 'unknown', cast(null as text), false, cast(null as timestamp), cast(null as timestamp), true
from named as n
where not exists (
  select 1 from listed as l where l.source = n.source and l.account = n.account and l.component_id = n.component_id
)
