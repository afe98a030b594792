-- The days of the last {{ strip_days }} on which a component was not simply up.
select
  source,
  account,
  component_id,
  day,
  uptime,
  seconds_major_outage,
  seconds_partial_outage,
  seconds_degraded,
  seconds_maintenance
from {{ marts }}.component_day
where day > {{ days_ago(strip_days) }} and day <= {{ until_day }}
  and (
    seconds_major_outage > 0 or seconds_partial_outage > 0 or seconds_degraded > 0 or seconds_maintenance > 0
  )
