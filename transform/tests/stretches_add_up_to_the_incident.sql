-- The closed stretches of an incident that is resolved are together as long as it took.
select i.source, i.account, i.incident_id, i.seconds_to_resolve, sum(s.seconds) as seconds_of_stretches
from {{ ref('fct_incident') }} as i
left join {{ ref('fct_incident_status') }} as s
  on s.source = i.source and s.account = i.account and s.incident_id = i.incident_id
where i.seconds_to_resolve is not null
group by i.source, i.account, i.incident_id, i.seconds_to_resolve
having abs(coalesce(sum(s.seconds), 0) - i.seconds_to_resolve) > 0.001
