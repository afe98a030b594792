{% test unique_rows(model, columns) %}
{#- No two rows have the same key. -#}
select {{ columns | join(', ') }}, count(*) as found
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}
