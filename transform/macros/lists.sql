{#- Lists: JSON in DuckDB; arrays of any element type, or jsonb, in PostgreSQL. -#}

{% macro list_type() -%}{{ return(adapter.dispatch('list_type')()) }}{%- endmacro %}
{% macro default__list_type() -%}jsonb{%- endmacro %}
{% macro duckdb__list_type() -%}varchar[]{%- endmacro %}

{% macro as_list(expression, data_type) -%}{{ return(adapter.dispatch('as_list')(expression, data_type)) }}{%- endmacro %}

{% macro default__as_list(expression, data_type) -%}
  {%- if data_type | lower in ('text', 'character varying') -%}cast({{ expression }} as jsonb)
  {%- else -%}to_jsonb({{ expression }})
  {%- endif -%}
{%- endmacro %}

{% macro duckdb__as_list(expression, data_type) -%}
  {%- if data_type | upper == 'VARCHAR' -%}try_cast(try_cast({{ expression }} as json) as varchar[])
  {%- else -%}try_cast({{ expression }} as varchar[])
  {%- endif -%}
{%- endmacro %}

{% macro each_of(relation, list, columns) -%}
  {#- A row for each member of a list: the columns that are named, and the member as `value`. -#}
  {{ return(adapter.dispatch('each_of')(relation, list, columns)) }}
{%- endmacro %}

{% macro default__each_of(relation, list, columns) -%}
  select {% for column in columns %}each_row.{{ column }}, {% endfor %}member.value
  from {{ relation }} as each_row
  cross join lateral jsonb_array_elements_text(
    case when jsonb_typeof(each_row.{{ list }}) = 'array' then each_row.{{ list }} end
  ) as member (value)
  where member.value is not null
{%- endmacro %}

{% macro duckdb__each_of(relation, list, columns) -%}
  select * from (select {{ columns | join(', ') }}, unnest({{ list }}) as value from {{ relation }}) where value is not null
{%- endmacro %}
