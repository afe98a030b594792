with incidents as (

  select source, account, action_item_id, min(incident_id) as incident_id
  from {{ ref('stg_rootly__incident_action_items') }}
  group by source, account, action_item_id

),

items as (

  select
    *,
    case when status in ('open', 'in_progress', 'cancelled', 'done') then status else 'unknown' end as known_status,
    coalesce(status not in ('cancelled', 'done'), true) as is_open,
    case when due_date ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}' then cast(substring(due_date, 1, 10) as date) end as due_on
  from {{ ref('stg_rootly__action_items') }}

)

select
  i.source, i.account, i.action_item_id, l.incident_id, i.summary, i.kind, i.priority, i.known_status as status,
  {{ shown('i.created_at') }} as created_at,
  {{ shown('i.updated_at') }} as updated_at,
  i.due_on, i.is_open,
  case when i.is_open then {{ seconds_between('i.created_at', now()) }} / 86400 end as age_days,
  i.is_open and coalesce(i.due_on < cast({{ now() }} as date), false) as is_overdue,
  i.person_id, coalesce(p.name, i.person_name) as person_name
from items as i
left join incidents as l on l.source = i.source and l.account = i.account and l.action_item_id = i.action_item_id
left join {{ ref('int_people') }} as p on p.source = i.source and p.account = i.account and p.person_id = i.person_id
