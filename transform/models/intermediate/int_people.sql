{#- Names of people: from the list of users, which is off by default, else from the newest alert event that tells one. -#}
with named as (

  select source, account, person_id, person_name as name,
    row_number() over (partition by source, account, person_id order by happened_at desc, event_id desc) as recency
  from {{ ref('stg_rootly__alert_events') }}
  where person_id is not null and person_name is not null

)

select source, account, person_id, name from {{ ref('stg_rootly__users') }}

union all

select n.source, n.account, n.person_id, n.name
from named as n
where n.recency = 1 and not exists (
  select 1 from {{ ref('stg_rootly__users') }} as u
  where u.source = n.source and u.account = n.account and u.person_id = n.person_id
)
