-- The months of an account have together all incidents that count; what is open at the end is what came less what went.
with months as (

  select
    source, account, severity, sum(opened) as opened, sum(resolved) as resolved,
    sum(resolved_at_unknown_time) as resolved_at_unknown_time, sum(resolved_in_known_time) as resolved_in_known_time
  from {{ ref('incident_month') }}
  group by source, account, severity

),

counted as (

  select source, account, severity, resolved_at, seconds_to_resolve, status
  from {{ ref('fct_incident') }}
  where is_counted and started_at is not null
  union all
  select source, account, 'all', resolved_at, seconds_to_resolve, status
  from {{ ref('fct_incident') }}
  where is_counted and started_at is not null

),

incidents as (

  select
    source, account, severity, count(*) as opened,
    -- One that was resolved before the account's first incident began has no month.
    count(resolved_at) as resolved,
    sum(case when status = 'resolved' and resolved_at is null then 1 else 0 end) as resolved_at_unknown_time,
    count(seconds_to_resolve) as resolved_in_known_time
  from counted
  group by source, account, severity

)

select i.source, i.account, i.severity, i.opened, m.opened as opened_by_month
from incidents as i
full join months as m on m.source = i.source and m.account = i.account and m.severity = i.severity
where m.opened is null or i.opened is null or m.opened <> i.opened
  or m.resolved > i.resolved
  or m.resolved_at_unknown_time <> i.resolved_at_unknown_time
  or m.resolved_in_known_time <> i.resolved_in_known_time
