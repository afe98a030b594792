-- The weeks on call have together as many pages as there are.
select *
from (
  select
    (select coalesce(sum(pages), 0) from {{ ref('oncall_week') }}) as pages_of_weeks,
    (select count(*) from {{ ref('fct_page') }}) as pages,
    (select coalesce(sum(pages), 0) from {{ ref('fct_alert') }}) as pages_of_alerts,
    (select count(*) from {{ ref('fct_page') }} as p inner join {{ ref('fct_alert') }} as a
      on a.source = p.source and a.account = p.account and a.alert_id = p.alert_id) as pages_with_alert
) as sums
where pages_of_weeks <> pages or pages_of_alerts <> pages_with_alert
