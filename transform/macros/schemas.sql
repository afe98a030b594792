{% macro generate_schema_name(custom_schema_name, node) -%}
  {#- The two schemas are variables, and stand alone: no prefix with the profile's schema. -#}
  {%- if custom_schema_name == 'marts' -%}{{ var('marts_schema') }}
  {%- elif custom_schema_name == 'staging' -%}{{ var('staging_schema') }}
  {%- else -%}{{ custom_schema_name or target.schema }}
  {%- endif -%}
{%- endmacro %}
