-- Maintenance under way, and what comes next.
select source, account, title, status, scheduled_start_at, scheduled_end_at, components
from {{ marts }}.fct_maintenance
where not is_hidden and (status = 'in_progress' or (status = 'scheduled' and scheduled_start_at > {{ until }}))
order by scheduled_start_at, source, account, title
