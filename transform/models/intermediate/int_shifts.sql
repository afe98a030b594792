with shifts as (

  select *, 1 as preference from {{ ref('stg_rootly__shifts') }}
  union all
  select *, 2 from {{ ref('stg_rootly__upcoming_shifts') }}

),

-- A shift that has begun since the last load of those to come is in both.
ranked as (

  select *, row_number() over (partition by source, account, shift_id order by preference) as rank_of_list
  from shifts

)

select
  source, account, shift_id, schedule_id,
  coalesce(user_id, case when lower(assignee_type) in ('user', 'users') then assignee_id end) as person_id,
  started_at, ended_at, coalesce(is_override, false) as is_override, coalesce(is_shadow, false) as is_shadow
from ranked
where rank_of_list = 1
