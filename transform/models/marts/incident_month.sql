with incidents as (

  select
    source, account, severity, date_trunc('month', started_at) as month, date_trunc('month', resolved_at) as resolved_month,
    is_open, status = 'resolved' and resolved_at is null as at_unknown_time,
    {{ duration('started_at', 'acknowledged_at') }} as to_acknowledge,
    {{ duration('started_at', 'mitigated_at') }} as to_mitigate,
    {{ duration('started_at', 'resolved_at') }} as to_resolve
  from {{ ref('int_incidents') }}
  where is_counted and started_at is not null

),

by_severity as (

  select * from incidents

  union all

  select source, account, 'all', month, resolved_month, is_open, at_unknown_time, to_acknowledge, to_mitigate, to_resolve
  from incidents

),

spans as (

  select source, account, min(month) as first_month, greatest(max(month), max(resolved_month), date_trunc('month', {{ now() }})) as last_month
  from incidents
  group by source, account

),

months as (

  {{ each_step('spans', ['source', 'account'], 'first_month', 'last_month', 'month') }}

),

severities as (

  select distinct source, account, severity from by_severity

),

grid as (

  select m.source, m.account, m.step_at as month, s.severity
  from months as m
  inner join severities as s on s.source = m.source and s.account = m.account

),

opened as (

  select
    source, account, month, severity, count(*) as opened,
    sum(case when at_unknown_time then 1 else 0 end) as at_unknown_time,
    {% for what in ['acknowledge', 'mitigate', 'resolve'] %}
    count(to_{{ what }}) as count_{{ what }},
    percentile_cont(0.5) within group (order by to_{{ what }}) as median_{{ what }},
    percentile_cont(0.9) within group (order by to_{{ what }}) as p90_{{ what }},
    avg(to_{{ what }}) as mean_{{ what }}{{ ',' if not loop.last }}
    {% endfor %}
  from by_severity
  group by source, account, month, severity

),

-- One that was resolved before it began is over from its beginning.
closed as (

  select source, account, greatest(resolved_month, month) as closed_month, severity, count(*) as closed
  from by_severity
  where resolved_month is not null
  group by source, account, greatest(resolved_month, month), severity

),

resolved as (

  select source, account, resolved_month, severity, count(*) as resolved
  from by_severity
  where resolved_month is not null
  group by source, account, resolved_month, severity

)

select
  g.source, g.account, cast(g.month as date) as month, g.severity,
  coalesce(o.opened, 0) as opened,
  coalesce(r.resolved, 0) as resolved,
  cast(coalesce(o.at_unknown_time, 0) as bigint) as resolved_at_unknown_time,
  cast(sum(coalesce(o.opened, 0) - coalesce(o.at_unknown_time, 0) - coalesce(c.closed, 0)) over (
    partition by g.source, g.account, g.severity order by g.month
  ) as bigint) as open_at_end,
  coalesce(o.count_acknowledge, 0) as acknowledged,
  o.median_acknowledge as median_seconds_to_acknowledge,
  o.p90_acknowledge as p90_seconds_to_acknowledge,
  cast(o.mean_acknowledge as double precision) as mean_seconds_to_acknowledge,
  coalesce(o.count_mitigate, 0) as mitigated,
  o.median_mitigate as median_seconds_to_mitigate,
  o.p90_mitigate as p90_seconds_to_mitigate,
  cast(o.mean_mitigate as double precision) as mean_seconds_to_mitigate,
  coalesce(o.count_resolve, 0) as resolved_in_known_time,
  o.median_resolve as median_seconds_to_resolve,
  o.p90_resolve as p90_seconds_to_resolve,
  cast(o.mean_resolve as double precision) as mean_seconds_to_resolve
from grid as g
left join opened as o on o.source = g.source and o.account = g.account and o.month = g.month and o.severity = g.severity
left join closed as c on c.source = g.source and c.account = g.account and c.closed_month = g.month and c.severity = g.severity
left join resolved as r on r.source = g.source and r.account = g.account and r.resolved_month = g.month and r.severity = g.severity
