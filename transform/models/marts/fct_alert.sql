with pages as (

  select source, account, alert_id, min(paged_at) as first_paged_at, count(*) as pages
  from {{ ref('int_pages') }}
  group by source, account, alert_id

),

acknowledged as (

  select source, account, alert_id, min(happened_at) as first_acknowledged_at
  from {{ ref('stg_rootly__alert_events') }}
  where action = 'acknowledged'
  group by source, account, alert_id

),

opened as (

  select source, account, alert_id, max(happened_at) as last_opened_at
  from {{ ref('stg_rootly__alert_events') }}
  where action in ('created', 'open', 'opened', 'triggered', 'retriggered')
  group by source, account, alert_id

),

resolved as (

  select e.source, e.account, e.alert_id, min(e.happened_at) as resolved_at
  from {{ ref('stg_rootly__alert_events') }} as e
  left join opened as o on o.source = e.source and o.account = e.account and o.alert_id = e.alert_id
  where e.action = 'resolved' and (o.last_opened_at is null or e.happened_at >= o.last_opened_at)
  group by e.source, e.account, e.alert_id

),

attached as (

  {{ each_of(ref('stg_rootly__alert_events'), 'incident_ids', ['source', 'account', 'alert_id']) }}

),

incidents as (

  select source, account, alert_id, count(*) as incidents
  from (
    select source, account, alert_id, incident_id from {{ ref('stg_rootly__incident_alerts') }}
    union
    select source, account, alert_id, value from attached
    union
    select source, account, alert_id, incident_id from {{ ref('stg_rootly__alert_events') }} where incident_id is not null
  ) as links
  group by source, account, alert_id

),

alerts as (

  select
    a.source, a.account, a.alert_id, a.summary,
    case when a.status in ('open', 'triggered', 'acknowledged', 'resolved', 'deferred') then a.status else 'unknown' end as status,
    a.origin, a.urgency, case a.noise when 'noise' then true when 'not_noise' then false end as is_noise,
    a.group_leader_alert_id, coalesce(a.started_at, a.created_at) as started_at,
    p.first_paged_at, k.first_acknowledged_at,
    case when a.status = 'resolved' then coalesce(a.ended_at, r.resolved_at) end as resolved_at,
    coalesce(p.pages, 0) as pages, coalesce(i.incidents, 0) as incidents, a.url
  from {{ ref('stg_rootly__alerts') }} as a
  left join pages as p on p.source = a.source and p.account = a.account and p.alert_id = a.alert_id
  left join acknowledged as k on k.source = a.source and k.account = a.account and k.alert_id = a.alert_id
  left join resolved as r on r.source = a.source and r.account = a.account and r.alert_id = a.alert_id
  left join incidents as i on i.source = a.source and i.account = a.account and i.alert_id = a.alert_id

)

select
  source, account, alert_id, summary, status, origin, urgency, is_noise, group_leader_alert_id,
  {{ shown('started_at') }} as started_at,
  {{ shown('first_paged_at') }} as first_paged_at,
  {{ shown('first_acknowledged_at') }} as first_acknowledged_at,
  {{ shown('resolved_at') }} as resolved_at,
  {{ duration('coalesce(first_paged_at, started_at)', 'first_acknowledged_at') }} as seconds_to_acknowledge,
  {{ duration('started_at', 'resolved_at') }} as seconds_to_resolve,
  pages, incidents, url
from alerts
