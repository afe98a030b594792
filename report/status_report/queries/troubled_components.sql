-- Components in use whose present status is not operational.
select source, account, name, component_id, group_name, kind, status, source_status
from {{ marts }}.dim_component
where is_in_use and kind <> 'group' and status in ('major_outage', 'partial_outage', 'degraded', 'maintenance')
order by
  case status when 'major_outage' then 1 when 'partial_outage' then 2 when 'degraded' then 3 else 4 end,
  source, account, name
