-- The longest incidents of the last {{ days }} days; one that is open has lasted until now.
with lasted as (
  select
    source,
    account,
    title,
    url,
    severity,
    status,
    started_at,
    is_open,
    case
      when is_open then extract(epoch from ({{ until }} - started_at))
      else seconds_to_resolve
    end as seconds
  from {{ marts }}.fct_incident
  where is_counted and not is_forgotten and started_at > {{ since }} and started_at <= {{ until }}
), ranked as (
  select *, row_number() over (partition by source, account order by seconds desc, started_at, title) as place
  from lasted
  where seconds is not null
)
select source, account, title, url, severity, status, started_at, is_open, seconds
from ranked
where place <= {{ most }}
order by seconds desc, started_at, title
