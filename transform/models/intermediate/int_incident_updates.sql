with updates as (

  select
    source, account, cast(update_number as text) as update_id, incident_id,
    {{ incident_status('cachet', 'status') }} as status, status_label as source_status, message, posted_at,
    true as is_public, person_id, update_number as source_order
  from {{ ref('stg_cachet__incident_updates') }}

  union all

  select
    source, account, update_id, incident_id,
    {{ incident_status('instatus', 'status') }}, status, message, coalesce(started_at, created_at),
    true, cast(null as text), 0
  from {{ ref('stg_instatus__incident_updates') }}

  union all

  select
    source, account, update_id, incident_id,
    cast(null as text), cast(null as text), message, coalesce(occurred_at, created_at),
    coalesce(visibility = 'external', false), cast(null as text), 0
  from {{ ref('stg_rootly__incident_events') }}

  union all

  select
    source, account, update_id, incident_id,
    {{ incident_status('rootly', 'status') }}, status, message, coalesce(started_at, created_at),
    true, cast(null as text), 0
  from {{ ref('stg_rootly__incident_status_page_events') }}

  union all

  select
    source, account,
    incident_id || '-' || milliseconds || '-' || coalesce(cast(source_order as text), '0'), incident_id,
    {{ incident_status('sigryl', 'status') }}, status, message, posted_at,
    true, cast(null as text), coalesce(source_order, 0)
  from (
    select *, coalesce(cast(cast(round(extract(epoch from posted_at) * 1000) as bigint) as text), '') as milliseconds
    from {{ ref('stg_sigryl__incident_updates') }}
  ) as sigryl_updates

  union all

  -- Updates of an incident that has left the page were deleted with it.
  select
    u.source, u.account, u.update_id, u.incident_id,
    {{ incident_status('boxwatch', 'u.status') }}, u.status, u.message, u.posted_at,
    true, cast(null as text), 0
  from {{ ref('stg_boxwatch__incident_updates') }} as u
  left join {{ ref('stg_boxwatch__incidents') }} as i
    on i.source = u.source and i.account = u.account and i.incident_id = u.incident_id
  where u.deleted_at is null or i.deleted_at is not null

)

select
  *,
  row_number() over (
    partition by source, account, incident_id
    order by posted_at, source_order, {{ progress('status') }}, update_id
  ) as position
from updates
