{% macro now() -%}
  {#- One moment for the whole build, to the second: marts that are compared with each other end at the same time. -#}
  {%- set moment = var('as_of') or run_started_at.strftime('%Y-%m-%d %H:%M:%S') -%}
  cast('{{ moment }}' as timestamp)
{%- endmacro %}

{% macro to_utc(expression, data_type) -%}
  {#- What a loader has stored as a time, as a timestamp in UTC. A time without zone is in UTC already. -#}
  {%- set kind = data_type | lower -%}
  {%- if 'with time zone' in kind or kind == 'timestamptz' -%}
    ({{ expression }} at time zone 'UTC')
  {%- elif kind.startswith('timestamp') or kind == 'date' -%}
    cast({{ expression }} as timestamp)
  {%- else -%}
    (cast({{ expression }} as timestamp with time zone) at time zone 'UTC')
  {%- endif -%}
{%- endmacro %}

{% macro shown(expression) -%}
  {#- The reverse, for marts: a timestamp in UTC as the instant that it is. -#}
  ({{ expression }} at time zone 'UTC')
{%- endmacro %}

{% macro not_before(expression, earliest) -%}
  {#- A time, or the earliest that it can be; null stays null, which `greatest` alone would drop. -#}
  case when {{ expression }} is not null then greatest({{ expression }}, {{ earliest }}) end
{%- endmacro %}

{% macro duration(earlier, later) -%}
  {#- Null where the end lies before the start. -#}
  case when {{ later }} >= {{ earlier }} then {{ seconds_between(earlier, later) }} end
{%- endmacro %}

{% macro seconds_between(earlier, later) -%}{{ return(adapter.dispatch('seconds_between')(earlier, later)) }}{%- endmacro %}

{% macro default__seconds_between(earlier, later) -%}
  cast(extract(epoch from ({{ later }}) - ({{ earlier }})) as double precision)
{%- endmacro %}

{% macro duckdb__seconds_between(earlier, later) -%}
  ((epoch_us({{ later }}) - epoch_us({{ earlier }})) / 1000000.0)::double
{%- endmacro %}

{% macro days_after(expression, days) -%}
  ({{ expression }} + cast('{{ days }} days' as interval))
{%- endmacro %}

{% macro in_zone(expression) -%}
  {#- The clock of the business's zone at a time in UTC. -#}
  (({{ expression }} at time zone 'UTC') at time zone '{{ var("business_zone") }}')
{%- endmacro %}

{% macro from_zone(expression) -%}
  {#- The time in UTC at which the business's clock shows this. -#}
  (({{ expression }} at time zone '{{ var("business_zone") }}') at time zone 'UTC')
{%- endmacro %}

{% macro is_outside_business_hours(local) -%}
  (extract(isodow from {{ local }}) not in ({{ var('business_days') | join(', ') }})
    or extract(hour from {{ local }}) < {{ var('business_hours_start') }}
    or extract(hour from {{ local }}) >= {{ var('business_hours_end') }})
{%- endmacro %}

{% macro snapshot_get_time() -%}
  {#- dbt's own is the session's local time on some databases. -#}
  {{ shown(now()) }}
{%- endmacro %}
