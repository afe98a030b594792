-- Every update of an incident is in fct_incident_update, and those of an incident are counted in fct_incident.
select i.source, i.account, i.incident_id, i.updates, count(u.update_id) as found
from {{ ref('fct_incident') }} as i
left join {{ ref('fct_incident_update') }} as u
  on u.source = i.source and u.account = i.account and u.incident_id = i.incident_id
group by i.source, i.account, i.incident_id, i.updates
having i.updates <> count(u.update_id)
