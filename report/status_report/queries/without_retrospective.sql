-- Resolved incidents of the last {{ days }} days that have no published retrospective, in accounts that write some.
select i.source, i.account, i.title, i.url, i.severity, i.resolved_at, min(r.status) as retrospective
from {{ marts }}.fct_incident i
left join {{ marts }}.fct_retrospective r
  on r.source = i.source and r.account = i.account and r.incident_id = i.incident_id
where i.is_counted and not i.is_sub_incident and i.status = 'resolved' and i.severity in ('critical', 'major')
  and i.resolved_at > {{ since }} and i.resolved_at <= {{ until }}
  and exists (
    select 1 from {{ marts }}.fct_retrospective o where o.source = i.source and o.account = i.account
  )
group by i.source, i.account, i.incident_id, i.title, i.url, i.severity, i.resolved_at
having count(*) filter (where r.status = 'published') = 0
order by i.resolved_at desc, i.title
