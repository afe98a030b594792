{#- Messages to a person about an alert, each within a minute of the one before, are one page. -#}
with messages as (

  select
    source, account, event_id, alert_id, person_id, happened_at,
    lag(happened_at) over (partition by source, account, alert_id, person_id order by happened_at, event_id) as message_before
  from {{ ref('stg_rootly__alert_events') }}
  where kind = 'notification' and person_id is not null and happened_at is not null
    and action in ('called', 'texted', 'emailed', 'notified', 'paged')

)

select source, account, event_id, alert_id, person_id, happened_at as paged_at, {{ in_zone('happened_at') }} as local_at
from messages
where message_before is null or happened_at > message_before + interval '1 minute'
