-- The uptime of each component that is in use: time outside maintenance, less weighted downtime.
select
  d.source,
  d.account,
  d.component_id,
  coalesce(c.name, 'component ' || d.component_id) as name,
  c.group_name,
  {%- for days in periods %}
  sum((1 - d.uptime) * (d.seconds - d.seconds_maintenance)) filter (where d.day > {{ days_ago(days) }}) as lost_{{ days }},
  sum(d.seconds - d.seconds_maintenance) filter (where d.day > {{ days_ago(days) }} and d.uptime is not null) as counted_{{ days }},
  {%- endfor %}
  min(d.day) as first_day
from {{ marts }}.component_day d
join {{ marts }}.dim_component c
  on c.source = d.source and c.account = d.account and c.component_id = d.component_id
where c.is_in_use and c.kind <> 'group' and d.day <= {{ until_day }} and d.day > {{ days_ago(periods | max) }}
group by d.source, d.account, d.component_id, c.name, c.group_name
