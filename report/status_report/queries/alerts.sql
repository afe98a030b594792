-- Alerts of the last {{ days }} days.
select
  source,
  account,
  count(*) as alerts,
  count(*) filter (where is_noise) as noise,
  count(*) filter (where incidents > 0) as of_incidents,
  sum(pages) as pages,
  percentile_cont(0.5) within group (order by seconds_to_acknowledge) as acknowledge_median
from {{ marts }}.fct_alert
where started_at > {{ since }} and started_at <= {{ until }}
group by grouping sets ((), (source), (source, account))
