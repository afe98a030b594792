-- How many of the incidents that began in the last {{ days }} days took how long.
with times as (
  {%- for measure in measures %}
  select source, account, '{{ measure }}' as measure, seconds_to_{{ measure }} as seconds
  from {{ marts }}.fct_incident
  where is_counted and started_at > {{ since }} and started_at <= {{ until }}
  {%- if not loop.last %}
  union all
  {%- endif %}
  {%- endfor %}
), banded as (
  select
    source,
    account,
    measure,
    case
      {%- for below in bands %}
      when seconds < {{ below }} then {{ loop.index0 }}
      {%- endfor %}
      else {{ bands | length }}
    end as band
  from times
  where seconds is not null
)
select source, account, measure, band, count(*) as incidents
from banded
group by grouping sets ((measure, band), (source, measure, band), (source, account, measure, band))
order by measure, band
