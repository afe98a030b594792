-- Open action items, the oldest first.
select a.source, a.account, a.summary, a.priority, a.status, a.created_at, a.age_days, a.due_on, a.is_overdue, a.person_name, i.title as incident
from {{ marts }}.fct_action_item a
left join {{ marts }}.fct_incident i
  on i.source = a.source and i.account = a.account and i.incident_id = a.incident_id
where a.is_open
order by a.age_days desc nulls last, a.summary
