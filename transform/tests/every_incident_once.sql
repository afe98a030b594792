-- Every incident that the sources tell is in fct_incident exactly once, and no other is.
with told as (

  select source, account, cast(incident_number as text) as incident_id from {{ ref('stg_cachet__incidents') }}
  union all
  select source, account, incident_id from {{ ref('stg_instatus__incidents') }}
  union all
  select source, account, incident_id from {{ ref('stg_rootly__incidents') }}
  union all
  select source, account, incident_id from {{ ref('stg_sigryl__incidents') }}
  union all
  select source, account, incident_id from {{ ref('stg_boxwatch__incidents') }}

)

select source, account, incident_id, count(*) as times
from (
  select source, account, incident_id, 1 as side from told
  union all
  select source, account, incident_id, 2 from {{ ref('fct_incident') }}
) as both_sides
group by source, account, incident_id
having count(*) <> 2 or min(side) = max(side)
