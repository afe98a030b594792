with pages as (

  select
    *,
    extract(hour from local_at) >= {{ var('night_hours_start') }} or extract(hour from local_at) < {{ var('night_hours_end') }} as is_at_night
  from {{ ref('int_pages') }}

)

select
  g.source, g.account, g.event_id, g.alert_id, g.person_id, p.name as person_name,
  {{ shown('g.paged_at') }} as paged_at,
  {{ is_outside_business_hours('g.local_at') }} as is_outside_business_hours,
  g.is_at_night,
  -- The morning's part of a night belongs to the day before.
  case when g.is_at_night then cast(g.local_at - interval '{{ var("night_hours_end") }} hours' as date) end as night,
  cast(date_trunc('week', g.local_at) as date) as week,
  a.urgency
from pages as g
left join {{ ref('int_people') }} as p
  on p.source = g.source and p.account = g.account and p.person_id = g.person_id
left join {{ ref('stg_rootly__alerts') }} as a
  on a.source = g.source and a.account = g.account and a.alert_id = g.alert_id
