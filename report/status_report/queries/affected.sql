-- The components that lost most time in the last {{ days }} days: weighted seconds of downtime, outside maintenance.
with lost as (
  select
    source,
    account,
    component_id,
    sum((1 - uptime) * (seconds - seconds_maintenance)) as lost_seconds,
    sum(seconds_major_outage) as major_seconds,
    sum(seconds_partial_outage) as partial_seconds,
    sum(seconds_degraded) as degraded_seconds
  from {{ marts }}.component_day
  where day > {{ since_day }} and day <= {{ until_day }}
  group by source, account, component_id
), ranked as (
  select
    *,
    row_number() over (
      partition by source, account order by lost_seconds desc, degraded_seconds desc, component_id
    ) as place
  from lost
  where lost_seconds > 0 or degraded_seconds > 0
)
select
  r.source,
  r.account,
  coalesce(c.name, 'component ' || r.component_id) as name,
  c.group_name,
  r.lost_seconds,
  r.major_seconds,
  r.partial_seconds,
  r.degraded_seconds
from ranked r
left join {{ marts }}.dim_component c
  on c.source = r.source and c.account = r.account and c.component_id = r.component_id
where r.place <= {{ most }}
order by r.lost_seconds desc, r.degraded_seconds desc, name
