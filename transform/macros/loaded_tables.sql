{% macro loaded_tables() -%}
  {#- A select over every raw table: how many rows it has, the newest time in it, and the last load. -#}
  {%- set selects = [] -%}
  {%- for entry in var('status_sources') -%}
    {%- for table, columns in raw_tables(entry.schema).items() -%}
      {%- do selects.append(loaded_table(entry, table, columns)) -%}
    {%- endfor -%}
  {%- endfor -%}
  {%- if selects -%}
    {{ selects | join('\nunion all\n') }}
  {%- else -%}
    select {{ typed_null('text') }} as source, {{ typed_null('text') }} as account, {{ typed_null('text') }} as schema_name,
      {{ typed_null('text') }} as table_name, {{ typed_null('bigint') }} as row_count, {{ typed_null('bigint') }} as deleted_row_count,
      {{ typed_null('timestamp') }} as newest_row_at, {{ typed_null('timestamp') }} as loaded_at
    where false
  {%- endif -%}
{%- endmacro %}

{% macro loaded_table(entry, table, columns) -%}
  {%- set mark = '_sdc_deleted_at' -%}
  {%- set newest = newest_of(columns, ['created_at', 'updated_at', 'occurred_at', 'started', 'timestamp', 'read_at', 'first_missing_at']) -%}
  {%- set loaded = newest_of(columns, ['_sdc_batched_at', '_sdc_extracted_at', '_sdc_received_at']) -%}
  select
    cast('{{ entry.product }}' as text) as source, cast({{ dbt.string_literal(dbt.escape_single_quotes(entry.account)) }} as text) as account,
    cast('{{ entry.schema }}' as text) as schema_name, cast('{{ table }}' as text) as table_name,
    {% if mark in columns -%}
    count(*) - count({{ mark }}) as row_count, count({{ mark }}) as deleted_row_count,
    {%- else -%}
    count(*) as row_count, {{ typed_null('bigint') }} as deleted_row_count,
    {%- endif %}
    {{ newest }} as newest_row_at, {{ loaded }} as loaded_at
  from {{ adapter.quote(entry.schema) }}.{{ adapter.quote(table) }}
{%- endmacro %}

{% macro newest_of(columns, names) -%}
  {%- set found = [] -%}
  {%- for name in names -%}
    {%- if name in columns and 'timestamp' in columns[name] | lower -%}
      {%- do found.append('max(' ~ to_utc(adapter.quote(name), columns[name]) ~ ')') -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if found | length > 1 -%}greatest({{ found | join(', ') }})
  {%- elif found -%}{{ found[0] }}
  {%- else -%}{{ typed_null('timestamp') }}
  {%- endif -%}
{%- endmacro %}
