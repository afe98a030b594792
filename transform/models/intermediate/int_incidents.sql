{#- What each product tells of an incident, in one shape; what follows from its updates and components; and what counts. -#}
with newest_update as (

  select source, account, incident_id, status
  from (
    select
      source, account, incident_id, status,
      row_number() over (partition by source, account, incident_id order by position desc) as recency
    from {{ ref('int_incident_updates') }}
    where status is not null
  ) as updates
  where recency = 1

),

worst_component as (

  select source, account, incident_id, count(*) as components, max({{ affected_level('status') }}) as level,
    max(case when status = 'operational' then 1 else 0 end) as any_operational
  from {{ ref('int_incident_components') }}
  group by source, account, incident_id

),

departures as (

  select source, account, incident_id, max(first_missing_at) as first_missing_at
  from {{ ref('stg_boxwatch__incident_departures') }}
  group by source, account, incident_id

),

told as (

  select
    i.source, i.account, cast(i.incident_number as text) as incident_id, i.title, i.url, 'page' as page_id,
    'incident' as kind,
    coalesce({{ incident_status('cachet', 'i.latest_status') }}, n.status, {{ incident_status('cachet', 'i.status') }}, 'unknown') as status,
    i.status_label as source_status,
    case w.level when 3 then 'critical' when 2 then 'major' when 1 then 'minor'
      else case when w.any_operational = 1 then 'none' else 'unknown' end end as severity,
    cast(null as text) as source_severity,
    coalesce(i.occurred_at, i.created_at) as started_at,
    cast(null as timestamp) as detected_at, cast(null as timestamp) as acknowledged_at, cast(null as timestamp) as mitigated_at,
    cast(null as timestamp) as resolved_at, cast(null as timestamp) as cancelled_at,
    i.created_at, i.updated_at, cast(null as timestamp) as left_page_by,
    coalesce(i.visible = 2, false) or coalesce(i.published_at > {{ now() }}, false) as is_hidden,
    false as is_sub_incident, cast(null as text) as parent_incident_id, cast(null as text) as duplicate_of_incident_id
  from {{ ref('stg_cachet__incidents') }} as i
  left join newest_update as n
    on n.source = i.source and n.account = i.account and n.incident_id = cast(i.incident_number as text)
  left join worst_component as w
    on w.source = i.source and w.account = i.account and w.incident_id = cast(i.incident_number as text)

  union all

  select
    source, account, incident_id, title, cast(null as text), page_id,
    'incident',
    coalesce({{ incident_status('instatus', 'status') }}, 'unknown'), status,
    {{ severity('impact') }}, impact,
    started_at,
    cast(null as timestamp), cast(null as timestamp), cast(null as timestamp), resolved_at, cast(null as timestamp),
    created_at, updated_at, cast(null as timestamp),
    coalesce(visibility_state <> 'PUBLISHED', false),
    false, cast(null as text), cast(null as text)
  from {{ ref('stg_instatus__incidents') }}

  union all

  select
    i.source, i.account, i.incident_id, i.title, i.url, cast(null as text),
    case
      when i.kind like 'test%' or i.kind like 'example%' then 'test'
      when i.kind like 'backfill%' then 'backfilled'
      when i.kind like 'scheduled%' then 'scheduled'
      else 'incident'
    end,
    case
      when i.status in ('in_triage', 'started', 'detected', 'acknowledged', 'in_progress') then 'investigating'
      when i.status in ('mitigated', 'verifying') then 'monitoring'
      when i.status in ('resolved', 'closed', 'completed') then 'resolved'
      when i.status = 'cancelled' then 'cancelled'
      when i.status in ('planning', 'scheduled') then 'unknown'
      -- A status of the account's own: as far as its times say.
      when i.cancelled_at is not null then 'cancelled'
      when i.resolved_at is not null or i.closed_at is not null then 'resolved'
      when i.mitigated_at is not null then 'monitoring'
      when coalesce(i.acknowledged_at, i.detected_at, i.started_at, i.in_triage_at) is not null then 'investigating'
      else 'unknown'
    end,
    i.status,
    {{ severity('s.severity') }}, coalesce(s.severity, i.severity_name),
    coalesce(i.started_at, i.in_triage_at, i.created_at),
    i.detected_at, i.acknowledged_at, i.mitigated_at, coalesce(i.resolved_at, i.closed_at), i.cancelled_at,
    i.created_at, i.updated_at, cast(null as timestamp),
    false,
    coalesce(i.kind like '%\_sub' escape '\', false), i.parent_incident_id, i.duplicate_incident_id
  from {{ ref('stg_rootly__incidents') }} as i
  left join {{ ref('stg_rootly__severities') }} as s
    on s.source = i.source and s.account = i.account and s.severity_id = i.severity_id

  union all

  select
    i.source, i.account, i.incident_id, i.title, cast(null as text), i.page_id,
    'incident',
    coalesce({{ incident_status('sigryl', 'i.status') }}, n.status, 'unknown'), i.status,
    {{ severity('i.severity') }}, i.severity,
    i.created_at,
    cast(null as timestamp), cast(null as timestamp), cast(null as timestamp), cast(null as timestamp), cast(null as timestamp),
    i.created_at, cast(null as timestamp), cast(null as timestamp),
    false,
    false, cast(null as text), cast(null as text)
  from {{ ref('stg_sigryl__incidents') }} as i
  left join newest_update as n
    on n.source = i.source and n.account = i.account and n.incident_id = i.incident_id

  union all

  select
    i.source, i.account, i.incident_id, i.title, cast(null as text), i.page_id,
    'incident',
    case when d.first_missing_at is not null or i.deleted_at is not null then 'resolved'
      else coalesce({{ incident_status('boxwatch', 'i.status') }}, 'unknown') end,
    i.status,
    {{ severity('i.severity') }}, i.severity,
    i.created_at,
    cast(null as timestamp), cast(null as timestamp), cast(null as timestamp), i.resolved_at, cast(null as timestamp),
    i.created_at, cast(null as timestamp), coalesce(d.first_missing_at, i.deleted_at),
    false,
    false, cast(null as text), cast(null as text)
  from {{ ref('stg_boxwatch__incidents') }} as i
  -- One that has come back was loaded after it had been missing.
  left join departures as d
    on d.source = i.source and d.account = i.account and d.incident_id = i.incident_id
    and (i.extracted_at is null or i.extracted_at <= d.first_missing_at)

),

update_positions as (

  select
    source, account, incident_id,
    max(case when status in ('investigating', 'identified', 'monitoring') then position else 0 end) as last_unresolved,
    max(case when status in ('investigating', 'identified') then position else 0 end) as last_unmitigated
  from {{ ref('int_incident_updates') }}
  group by source, account, incident_id

),

from_updates as (

  select
    u.source, u.account, u.incident_id,
    count(*) as updates,
    min(case when u.status = 'resolved' and u.position > p.last_unresolved then u.posted_at end) as resolved_at,
    min(case when u.status = 'monitoring' and u.position > p.last_unmitigated then u.posted_at end) as mitigated_at,
    max(u.posted_at) as last_update_at,
    min(case when u.is_public then u.posted_at end) as first_public_update_at
  from {{ ref('int_incident_updates') }} as u
  inner join update_positions as p
    on p.source = u.source and p.account = u.account and p.incident_id = u.incident_id
  group by u.source, u.account, u.incident_id

),

linked as (

  select l.source, l.account, l.incident_id, min(u.first_public_update_at) as first_public_update_at
  from {{ ref('incident_links') }} as l
  inner join from_updates as u
    on u.source = l.public_source and u.account = l.public_account and u.incident_id = l.public_incident_id
  group by l.source, l.account, l.incident_id

),

resolved as (

  select
    t.source, t.account, t.incident_id, t.title, t.url, t.page_id, t.kind, t.status, t.source_status, t.severity, t.source_severity,
    t.started_at, t.detected_at, t.acknowledged_at,
    case when t.status = 'resolved' then coalesce(t.resolved_at, {{ not_before('u.resolved_at', 't.started_at') }}) end as resolved_at,
    coalesce(t.mitigated_at, case when t.status in ('monitoring', 'resolved') then {{ not_before('u.mitigated_at', 't.started_at') }} end) as mitigated_at,
    t.mitigated_at is not null as mitigation_is_told,
    case when t.status = 'cancelled' then t.cancelled_at end as cancelled_at,
    t.created_at, t.updated_at, t.left_page_by,
    t.status not in ('resolved', 'cancelled') as is_open,
    t.kind in ('incident', 'backfilled') and t.status <> 'cancelled' and t.duplicate_of_incident_id is null as is_counted,
    t.is_hidden, t.is_sub_incident, t.parent_incident_id, t.duplicate_of_incident_id,
    coalesce(u.updates, 0) as updates, u.last_update_at,
    coalesce(w.components, 0) as components,
    least(u.first_public_update_at, l.first_public_update_at) as first_public_update_at
  from told as t
  left join from_updates as u on u.source = t.source and u.account = t.account and u.incident_id = t.incident_id
  left join worst_component as w on w.source = t.source and w.account = t.account and w.incident_id = t.incident_id
  left join linked as l on l.source = t.source and l.account = t.account and l.incident_id = t.incident_id

),

settled as (

  select
    source, account, incident_id, title, url, page_id, kind, status, source_status, severity, source_severity,
    started_at, detected_at, acknowledged_at,
    case when mitigation_is_told or resolved_at is null or mitigated_at <= resolved_at then mitigated_at end as mitigated_at,
    resolved_at, cancelled_at, created_at, updated_at, left_page_by,
    is_open, is_counted, is_hidden, is_sub_incident, parent_incident_id, duplicate_of_incident_id,
    updates, components, first_public_update_at,
    greatest(started_at, detected_at, acknowledged_at, mitigated_at, resolved_at, cancelled_at, last_update_at) as last_activity_at
  from resolved

)

select
  *,
  is_open and kind <> 'scheduled'
    and coalesce({{ days_after('last_activity_at', var('forgotten_after_days')) }} < {{ now() }}, false) as is_forgotten
from settled
