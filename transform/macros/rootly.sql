{#- What two tables of Rootly have in common: they differ by their names alone. -#}

{% macro rootly_shifts(table) %}
with raw as (

{{ source_rows('rootly', table, {
  'id': 'text',
  'schedule_id': 'text',
  'user_id': 'text',
  'assignee_id': 'text',
  'assignee_type': 'text',
  'starts_at': 'timestamp',
  'ends_at': 'timestamp',
  'is_override': 'boolean',
  'is_shadow': 'boolean'
}) }}

)

select
  source,
  account,
  id as shift_id,
  schedule_id,
  user_id,
  assignee_id,
  assignee_type,
  starts_at as started_at,
  ends_at as ended_at,
  is_override,
  is_shadow
from raw
{% endmacro %}

{% macro rootly_components(table) %}
with raw as (

{{ source_rows('rootly', table, {
  'id': 'text',
  'name': 'text',
  'description': 'text',
  'created_at': 'timestamp'
}) }}

)

select
  source,
  account,
  id as component_id,
  name,
  description,
  created_at
from raw
{% endmacro %}
