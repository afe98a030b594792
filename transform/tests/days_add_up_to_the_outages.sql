-- The days of a component have together as much outage as its outages, in maintenance and outside.
with days as (

  select
    source, account, component_id,
    sum(seconds_major_outage + seconds_partial_outage + seconds_degraded + seconds_outage_in_maintenance) as seconds
  from {{ ref('component_day') }}
  group by source, account, component_id

),

outages as (

  select source, account, component_id, sum(seconds) as seconds
  from {{ ref('fct_component_outage') }}
  group by source, account, component_id

)

select
  coalesce(d.source, o.source) as source, coalesce(d.account, o.account) as account,
  coalesce(d.component_id, o.component_id) as component_id, d.seconds as seconds_of_days, o.seconds as seconds_of_outages
from days as d
full join outages as o on o.source = d.source and o.account = d.account and o.component_id = d.component_id
where abs(coalesce(d.seconds, 0) - coalesce(o.seconds, 0)) > 0.001
