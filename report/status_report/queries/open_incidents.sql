-- What is open now, with the components that it affects.
select
  i.source,
  i.account,
  i.title,
  i.severity,
  i.status,
  i.started_at,
  i.last_activity_at,
  i.is_forgotten,
  i.url,
  (
    select string_agg(coalesce(c.name, c.component_id), ', ' order by c.name, c.component_id)
    from {{ marts }}.bridge_incident_component b
    join {{ marts }}.dim_component c
      on c.source = b.source and c.account = b.account and c.component_id = b.component_id
    where b.source = i.source and b.account = i.account and b.incident_id = i.incident_id
  ) as components
from {{ marts }}.fct_incident i
where i.is_open and i.is_counted and (i.started_at is null or i.started_at <= {{ until }})
order by
  i.is_forgotten,
  case i.severity when 'critical' then 1 when 'major' then 2 when 'minor' then 3 when 'unknown' then 4 else 5 end,
  i.started_at desc
