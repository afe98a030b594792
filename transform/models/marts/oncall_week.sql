with worked as (

  select source, account, person_id, started_at as began_at, least(ended_at, {{ now() }}) as ended_at
  from {{ ref('int_shifts') }}
  where not is_shadow and person_id is not null and ended_at is not null and started_at < least(ended_at, {{ now() }})

),

reached as (

  select
    *,
    max(ended_at) over (
      partition by source, account, person_id order by began_at, ended_at rows between unbounded preceding and 1 preceding
    ) as ended_before
  from worked

),

numbered as (

  select
    *,
    sum(case when ended_before >= began_at then 0 else 1 end) over (
      partition by source, account, person_id order by began_at, ended_at rows between unbounded preceding and current row
    ) as stint
  from reached

),

-- Shifts that overlap or touch are one stint on call.
stints as (

  select source, account, person_id, min(began_at) as began_at, max(ended_at) as ended_at
  from numbered
  group by source, account, person_id, stint

),

local as (

  select
    *,
    date_trunc('day', {{ in_zone('began_at') }}) as first_day,
    date_trunc('day', {{ in_zone("(ended_at - interval '1 microsecond')") }}) as last_day
  from stints

),

days as (

  {{ each_step('local', ['source', 'account', 'person_id', 'began_at', 'ended_at'], 'first_day', 'last_day', 'day') }}

),

bounds as (

  select
    source, account, person_id, began_at, ended_at, step_at,
    {{ from_zone('step_at') }} as day_began_at,
    {{ from_zone("(step_at + interval '1 day')") }} as day_ended_at,
    {{ from_zone("(step_at + interval '" ~ var('business_hours_start') ~ " hours')") }} as business_began_at,
    {{ from_zone("(step_at + interval '" ~ var('business_hours_end') ~ " hours')") }} as business_ended_at,
    extract(isodow from step_at) in ({{ var('business_days') | join(', ') }}) as is_business_day
  from days

),

hours as (

  select
    source, account, person_id, cast(date_trunc('week', step_at) as date) as week,
    sum({{ seconds_between('greatest(began_at, day_began_at)', 'least(ended_at, day_ended_at)') }}) as seconds,
    sum(
      case when is_business_day and greatest(began_at, business_began_at) < least(ended_at, business_ended_at)
        then {{ seconds_between('greatest(began_at, business_began_at)', 'least(ended_at, business_ended_at)') }}
        else 0 end
    ) as business_seconds
  from bounds
  group by source, account, person_id, cast(date_trunc('week', step_at) as date)

),

pages as (

  select
    source, account, person_id, week, count(*) as pages,
    sum(case when is_outside_business_hours then 1 else 0 end) as pages_outside
  from {{ ref('fct_page') }}
  group by source, account, person_id, week

),

nights as (

  select source, account, person_id, cast(date_trunc('week', cast(night as timestamp)) as date) as week, count(distinct night) as nights
  from {{ ref('fct_page') }}
  where night is not null
  group by source, account, person_id, cast(date_trunc('week', cast(night as timestamp)) as date)

),

weeks as (

  select source, account, person_id, week from hours
  union
  select source, account, person_id, week from pages
  union
  select source, account, person_id, week from nights

)

select
  w.source, w.account, w.person_id, p.name as person_name, w.week,
  coalesce(h.seconds, 0) / 3600 as hours_on_call,
  (coalesce(h.seconds, 0) - coalesce(h.business_seconds, 0)) / 3600 as hours_outside_business_hours,
  coalesce(g.pages, 0) as pages,
  cast(coalesce(g.pages_outside, 0) as bigint) as pages_outside_business_hours,
  coalesce(n.nights, 0) as interrupted_nights
from weeks as w
left join hours as h on h.source = w.source and h.account = w.account and h.person_id = w.person_id and h.week = w.week
left join pages as g on g.source = w.source and g.account = w.account and g.person_id = w.person_id and g.week = w.week
left join nights as n on n.source = w.source and n.account = w.account and n.person_id = w.person_id and n.week = w.week
left join {{ ref('int_people') }} as p on p.source = w.source and p.account = w.account and p.person_id = w.person_id
