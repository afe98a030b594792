-- Incidents that began, by {{ bucket }} and severity, for all, each source and each account.
with begun as (
  select source, account, severity, date_trunc('{{ bucket }}', started_at at time zone {{ zone }})::date as begins
  from {{ marts }}.fct_incident
  where is_counted and started_at <= {{ until }}
)
select source, account, begins, severity, count(*) as incidents
from begun
where begins >= {{ first_bucket }}
group by grouping sets ((begins, severity), (source, begins, severity), (source, account, begins, severity))
order by begins, severity
