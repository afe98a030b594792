{#- What a loader has written, whatever of it there is: a schema, table or column that is missing counts as empty. -#}

{% macro raw_tables(schema) -%}
  {#-
    Names and types of the columns of each raw table of a schema. A database takes milliseconds to tell them, however few
    are asked for: a build asks once for all, and keeps the answer in what its models have in common. A program that keeps
    the project for another build asks anew.
  -#}
  {%- if not execute -%}{{ return({}) }}{%- endif -%}
  {%- if graph.get('_raw_tables_of') != invocation_id -%}
    {%- set query -%}
      select table_schema, table_name, column_name, data_type from information_schema.columns
      where table_catalog = current_database()
        and table_schema in ('{{ var('status_sources') | map(attribute='schema') | join("', '") }}')
      order by table_schema, table_name, ordinal_position
    {%- endset -%}
    {%- set found = {} -%}
    {%- for row in run_query(query).rows -%}
      {%- do found.setdefault(row[0], {}).setdefault(row[1], {}).update({row[2]: row[3]}) -%}
    {%- endfor -%}
    {%- do graph.update({'_raw_tables': found, '_raw_tables_of': invocation_id}) -%}
  {%- endif -%}
  {{ return(graph['_raw_tables'].get(schema, {})) }}
{%- endmacro %}

{% macro sources_of(product) -%}
  {{ return(var('status_sources') | selectattr('product', 'equalto', product) | list) }}
{%- endmacro %}

{% macro source_rows(product, table, columns, with_deleted=false) -%}
  {#-
    The living rows of a table in all schemas of a product, with `source` and `account`, and each column in the type that
    is asked for: text, timestamp (in UTC), boolean, bigint, double precision or list. With `with_deleted` rows that the
    loader has marked come too, and `deleted_at` tells them.
  -#}
  {%- set selects = [] -%}
  {%- for entry in sources_of(product) -%}
    {%- set found = raw_tables(entry.schema).get(table) -%}
    {%- if found -%}
      {%- set lines = ["cast('" ~ product ~ "' as text) as source", account_column(product, entry.account, found) ~ " as account"] -%}
      {%- for name, kind in columns.items() -%}
        {%- do lines.append((typed(adapter.quote(name), found[name], kind) if name in found else typed_null(kind)) ~ ' as ' ~ raw_name(name)) -%}
      {%- endfor -%}
      {%- set mark = '_sdc_deleted_at' -%}
      {%- if with_deleted -%}
        {%- do lines.append((typed(mark, found[mark], 'timestamp') if mark in found else typed_null('timestamp')) ~ ' as deleted_at') -%}
      {%- endif -%}
      {%- set living = ' where ' ~ mark ~ ' is null' if mark in found and not with_deleted else '' -%}
      {%- do selects.append('select ' ~ lines | join(', ') ~ ' from ' ~ adapter.quote(entry.schema) ~ '.' ~ adapter.quote(table) ~ living) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if not selects -%}
    {%- set lines = [typed_null('text') ~ ' as source', typed_null('text') ~ ' as account'] -%}
    {%- for name, kind in columns.items() -%}
      {%- do lines.append(typed_null(kind) ~ ' as ' ~ raw_name(name)) -%}
    {%- endfor -%}
    {%- if with_deleted -%}{%- do lines.append(typed_null('timestamp') ~ ' as deleted_at') -%}{%- endif -%}
    {%- do selects.append('select ' ~ lines | join(', ') ~ ' where false') -%}
  {%- endif -%}
  {{ selects | join('\nunion all\n') }}
{%- endmacro %}

{% macro raw_name(name) -%}
  {#- A raw column `source` or `account` must not hide the one that every row gets. -#}
  {{ return(adapter.quote('raw_' ~ name if name in ('source', 'account') else name)) }}
{%- endmacro %}

{% macro account_column(product, account, found) -%}
  {#- One schema may hold several accounts of BoxWatch, whose numbers repeat: the row's account is part of the name. -#}
  {%- if product == 'boxwatch' and 'account' in found -%}
    cast({{ dbt.string_literal(dbt.escape_single_quotes(account)) }} || coalesce('/' || account, '') as text)
  {%- else -%}
    cast({{ dbt.string_literal(dbt.escape_single_quotes(account)) }} as text)
  {%- endif -%}
{%- endmacro %}

{% macro typed(expression, data_type, kind) -%}
  {%- if kind == 'timestamp' -%}{{ to_utc(expression, data_type) }}
  {%- elif kind == 'list' -%}{{ as_list(expression, data_type) }}
  {%- else -%}cast({{ expression }} as {{ kind }})
  {%- endif -%}
{%- endmacro %}

{% macro typed_null(kind) -%}
  cast(null as {{ list_type() if kind == 'list' else kind }})
{%- endmacro %}

{% macro require_a_source() -%}
  {#-
    DuckDB makes a file that does not exist, so a wrong path would give empty marts in a new file: it is an error that
    nothing of what was configured is there.
  -#}
  {%- if execute and flags.WHICH in ('build', 'run', 'snapshot', 'seed', 'test') -%}
    {%- set schemas = var('status_sources') | map(attribute='schema') | list -%}
    {%- set query -%}
      select count(*) from information_schema.tables
      where table_catalog = current_database() and table_schema in ('{{ schemas | join("', '") }}')
    {%- endset -%}
    {%- if run_query(query).rows[0][0] == 0 -%}
      {{ exceptions.raise_compiler_error(
        "Nothing was loaded into database '" ~ target.database ~ "'" ~ (" (" ~ target.path ~ ")" if target.type == 'duckdb' else "")
        ~ ": none of the schemas " ~ schemas | join(', ') ~ " has a table. Is it the database that the taps load into? "
        ~ "Other schemas are named in the variable status_sources."
      ) }}
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}
