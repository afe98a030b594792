-- The counts of `all` are the sums of those by severity, and no month is missing between the first and the last.
with by_severity as (

  select source, account, month, sum(opened) as opened, sum(resolved) as resolved, sum(open_at_end) as open_at_end
  from {{ ref('incident_month') }}
  where severity <> 'all'
  group by source, account, month

),

whole as (

  select
    *, lag(month) over (partition by source, account order by month) as month_before
  from {{ ref('incident_month') }}
  where severity = 'all'

)

select w.*
from whole as w
left join by_severity as s on s.source = w.source and s.account = w.account and s.month = w.month
where s.opened is null or s.opened <> w.opened or s.resolved <> w.resolved or s.open_at_end <> w.open_at_end
  or w.open_at_end < 0
  or cast(w.month_before + interval '1 month' as date) <> w.month
