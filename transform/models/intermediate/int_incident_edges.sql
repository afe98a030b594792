{#- When an incident's status changed: by its updates; of Rootly, and where there are none, by its milestones. -#}
with by_updates as (

  select i.source, i.account, i.incident_id, greatest(u.posted_at, i.started_at) as changed_at, u.position, u.status
  from {{ ref('int_incidents') }} as i
  inner join {{ ref('int_incident_updates') }} as u
    on u.source = i.source and u.account = i.account and u.incident_id = i.incident_id
  where i.source <> 'rootly' and i.started_at is not null and u.status is not null and u.posted_at is not null

),

by_milestones as (

  select source, account, incident_id, started_at as changed_at, 0 as position, 'investigating' as status
  from {{ ref('int_incidents') }}
  where source = 'rootly' and status <> 'unknown' and started_at is not null

  union all

  select source, account, incident_id, greatest(mitigated_at, started_at), 1, 'monitoring'
  from {{ ref('int_incidents') }}
  where source = 'rootly' and status <> 'unknown' and started_at is not null and mitigated_at is not null

  union all

  -- Nothing was ever said: as far as anybody knows, an open incident has been in its status all the time.
  select i.source, i.account, i.incident_id, i.started_at, 0, i.status
  from {{ ref('int_incidents') }} as i
  where i.source <> 'rootly' and i.is_open and i.started_at is not null and not exists (
    select 1 from by_updates as u
    where u.source = i.source and u.account = i.account and u.incident_id = i.incident_id
  )

),

ends as (

  select source, account, incident_id, greatest(coalesce(resolved_at, cancelled_at), started_at) as changed_at, status
  from {{ ref('int_incidents') }}
  where started_at is not null and coalesce(resolved_at, cancelled_at) is not null

),

before_ends as (

  select c.source, c.account, c.incident_id, c.changed_at, c.position, c.status, e.changed_at as end_at
  from (select * from by_updates union all select * from by_milestones) as c
  left join ends as e on e.source = c.source and e.account = c.account and e.incident_id = c.incident_id
  where e.changed_at is null or c.changed_at < e.changed_at

),

-- Of an incident that is over, what was said to be over and never taken back is over at its end, not before.
last_unresolved as (

  select source, account, incident_id, max(position) as position
  from before_ends
  where status not in ('resolved', 'cancelled')
  group by source, account, incident_id

),

changes as (

  select b.source, b.account, b.incident_id, b.changed_at, b.position, b.status
  from before_ends as b
  left join last_unresolved as l on l.source = b.source and l.account = b.account and l.incident_id = b.incident_id
  where b.end_at is null or b.position <= coalesce(l.position, -1)

  union all

  select source, account, incident_id, changed_at, 2147483647, status from ends

  union all

  select source, account, incident_id, started_at, -1, 'unknown'
  from {{ ref('int_incidents') }}
  where started_at is not null

)

select source, account, incident_id, changed_at, status
from (
  select *, row_number() over (partition by source, account, incident_id, changed_at order by position desc) as recency
  from changes
) as ranked
where recency = 1
