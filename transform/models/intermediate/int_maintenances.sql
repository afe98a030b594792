with told as (

  select
    source, account, maintenance_id, title, 'page' as page_id,
    case status when 0 then 'scheduled' when 1 then 'in_progress' when 2 then 'completed' else 'unknown' end as status,
    status_label as source_status,
    scheduled_at as scheduled_start_at, completed_at as scheduled_end_at,
    cast(null as timestamp) as started_at, completed_at as ended_at,
    coalesce(published_at > {{ now() }}, false) as is_hidden
  from {{ ref('stg_cachet__schedules') }}

  union all

  select
    source, account, maintenance_id, title, page_id,
    case status when 'NOTSTARTEDYET' then 'scheduled' when 'INPROGRESS' then 'in_progress' when 'COMPLETED' then 'completed'
      else 'unknown' end,
    status, scheduled_start_at,
    coalesce(scheduled_end_at, scheduled_start_at + minutes * interval '1 minute'),
    cast(null as timestamp), ended_at, false
  from {{ ref('stg_instatus__maintenances') }}

  union all

  select
    source, account, incident_id, title, cast(null as text),
    case
      when status in ('planning', 'scheduled') then 'scheduled'
      when status in ('in_progress', 'verifying', 'started', 'mitigated') then 'in_progress'
      when status in ('completed', 'resolved', 'closed') then 'completed'
      when status = 'cancelled' then 'cancelled'
      else 'unknown'
    end,
    status, scheduled_for, scheduled_until, started_at, coalesce(resolved_at, closed_at), false
  from {{ ref('stg_rootly__incidents') }}
  where kind like 'scheduled%'

),

begun as (

  select
    source, account, maintenance_id, title, page_id, status, source_status, scheduled_start_at, scheduled_end_at, is_hidden,
    case when status in ('in_progress', 'completed') then coalesce(started_at, scheduled_start_at) end as started_at,
    ended_at
  from told

),

ended as (

  select
    source, account, maintenance_id, title, page_id, status, source_status, scheduled_start_at, scheduled_end_at, is_hidden,
    started_at,
    case when started_at is not null then coalesce(ended_at, scheduled_end_at, {{ days_after('started_at', 1) }}) end as ended_at
  from begun

)

select
  source, account, maintenance_id, title, page_id, status, source_status, scheduled_start_at, scheduled_end_at, is_hidden,
  started_at, ended_at
from ended
