with retrospectives as (

  select
    r.source, r.account, r.retrospective_id, l.incident_id, r.title,
    case when r.status in ('draft', 'published') then r.status else 'unknown' end as status,
    r.created_at, coalesce(i.resolved_at, r.resolved_at) as resolved_at, r.url
  from {{ ref('stg_rootly__post_mortems') }} as r
  left join {{ ref('stg_rootly__incident_post_mortems') }} as l
    on l.source = r.source and l.account = r.account and l.retrospective_id = r.retrospective_id
  left join {{ ref('int_incidents') }} as i
    on i.source = l.source and i.account = l.account and i.incident_id = l.incident_id

)

select
  source, account, retrospective_id, incident_id, title, status,
  {{ shown('created_at') }} as created_at,
  {{ shown('resolved_at') }} as resolved_at,
  case when status <> 'published' then {{ duration('resolved_at', now()) }} / 86400 end as days_since_resolution,
  url
from retrospectives
