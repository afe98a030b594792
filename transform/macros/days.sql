{% macro each_step(relation, columns, first, last, step) -%}
  {#- A row for each day (or month) from the first to the last of each row: the columns that are named, and `step_at`. -#}
  {{ return(adapter.dispatch('each_step')(relation, columns, first, last, step)) }}
{%- endmacro %}

{% macro default__each_step(relation, columns, first, last, step) -%}
  select {% for column in columns %}each_row.{{ column }}, {% endfor %}step.step_at
  from {{ relation }} as each_row
  cross join lateral generate_series(each_row.{{ first }}, each_row.{{ last }}, interval '1 {{ step }}') as step (step_at)
{%- endmacro %}

{% macro duckdb__each_step(relation, columns, first, last, step) -%}
  select {{ columns | join(', ') }}, unnest(generate_series({{ first }}, {{ last }}, interval '1 {{ step }}')) as step_at
  from {{ relation }}
{%- endmacro %}
