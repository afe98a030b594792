{#- How an incident affected a component: as the source says, where that is worse than operational, else by its severity. -#}
select
  c.source, c.account, c.incident_id, c.component_id, c.source_status,
  case
    when {{ affected_level('c.status') }} > 0 then c.status
    else case i.severity
      when 'critical' then 'major_outage' when 'major' then 'partial_outage' when 'minor' then 'degraded'
      when 'none' then 'operational' else 'unknown' end
  end as impact_status,
  {{ affected_level('c.status') }} = 0 as is_derived
from {{ ref('int_incident_components') }} as c
left join {{ ref('int_incidents') }} as i
  on i.source = c.source and i.account = c.account and i.incident_id = c.incident_id
