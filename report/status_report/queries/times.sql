-- Median and 90th percentile of the times of the incidents that began in each {{ bucket }}, in seconds.
with begun as (
  select *, date_trunc('{{ bucket }}', started_at at time zone {{ zone }})::date as begins
  from {{ marts }}.fct_incident
  where is_counted and started_at <= {{ until }}
)
select
  source,
  account,
  begins,
  {%- for measure in measures %}
  percentile_cont(0.5) within group (order by seconds_to_{{ measure }}) as {{ measure }}_median,
  percentile_cont(0.9) within group (order by seconds_to_{{ measure }}) as {{ measure }}_p90
  {%- if not loop.last %},{% endif %}
  {%- endfor %}
from begun
where begins >= {{ first_bucket }}
group by grouping sets ((begins), (source, begins), (source, account, begins))
order by begins
