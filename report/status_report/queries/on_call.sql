-- Hours on call and pages of each person, by week, for the weeks that began in the last {{ days }} days.
select
  source,
  account,
  person_id,
  coalesce(person_name, person_id) as person,
  week,
  hours_on_call,
  hours_outside_business_hours,
  pages,
  pages_outside_business_hours,
  interrupted_nights
from {{ marts }}.oncall_week
where week > {{ since_day }} and week <= {{ until_day }}
order by week, person, person_id
