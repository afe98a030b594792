-- Nobody is on call for more than all of a week: 168 hours, and one more when clocks go back.
select *
from {{ ref('oncall_week') }}
where hours_on_call > 169.001 or hours_on_call < 0
  or hours_outside_business_hours > hours_on_call + 0.001 or hours_outside_business_hours < -0.001
  or pages_outside_business_hours > pages
