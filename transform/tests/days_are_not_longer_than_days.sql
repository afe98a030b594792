-- What is counted of a day is no longer than the day, and the uptime lies between 0 and 1.
select *
from {{ ref('component_day') }}
where seconds_major_outage + seconds_partial_outage + seconds_degraded + seconds_maintenance > seconds + 0.001
  or seconds_outage_in_maintenance > seconds_maintenance + 0.001
  or seconds <= 0 or seconds > 86400
  or uptime < 0 or uptime > 1
