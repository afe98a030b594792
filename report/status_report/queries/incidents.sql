-- Incidents of the last {{ days }} days and of as many days before, for all, each source and each account.
select
  source,
  account,
  count(*) filter (where started_at > {{ since }}) as opened,
  count(*) filter (where started_at > {{ before }} and started_at <= {{ since }}) as opened_before,
  count(*) filter (where resolved_at > {{ since }}) as resolved,
  count(*) filter (where is_open) as open_now,
  {%- for measure in measures %}
  count(seconds_to_{{ measure }}) filter (where started_at > {{ since }}) as {{ measure }}_known,
  percentile_cont(0.5) within group (order by seconds_to_{{ measure }}) filter (where started_at > {{ since }}) as {{ measure }}_median,
  percentile_cont(0.9) within group (order by seconds_to_{{ measure }}) filter (where started_at > {{ since }}) as {{ measure }}_p90,
  percentile_cont(0.5) within group (order by seconds_to_{{ measure }}) filter (where started_at > {{ before }} and started_at <= {{ since }}) as {{ measure }}_median_before
  {%- if not loop.last %},{% endif %}
  {%- endfor %}
from {{ marts }}.fct_incident
where is_counted and started_at <= {{ until }}
group by grouping sets ((), (source), (source, account))
