-- The stretches of a component's outages follow one another in time.
select *
from (
  select
    *, lag(ended_at) over component as before_ended_at, lag(position) over component as before_position,
    lag(outage) over component as before_outage
  from {{ ref('fct_component_outage') }}
  window component as (partition by source, account, component_id order by position)
) as outages
where (before_position is not null and before_ended_at is null)
  or before_ended_at > started_at
  or (before_ended_at = started_at) <> (before_outage = outage)
