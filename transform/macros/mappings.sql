{#- The sources' words in the words of the models. -#}

{% macro component_status(product, expression) -%}
  {%- if product == 'cachet' -%}
    case {{ expression }} when 1 then 'operational' when 2 then 'degraded' when 3 then 'partial_outage'
      when 4 then 'major_outage' when 6 then 'maintenance' else 'unknown' end
  {%- elif product == 'instatus' -%}
    case {{ expression }} when 'OPERATIONAL' then 'operational' when 'DEGRADEDPERFORMANCE' then 'degraded'
      when 'MINOROUTAGE' then 'partial_outage' when 'PARTIALOUTAGE' then 'partial_outage'
      when 'MAJOROUTAGE' then 'major_outage' when 'UNDERMAINTENANCE' then 'maintenance' else 'unknown' end
  {%- elif product == 'sigryl' -%}
    case when {{ expression }} in ('operational', 'degraded', 'partial_outage', 'major_outage', 'maintenance')
      then {{ expression }} else 'unknown' end
  {%- elif product == 'boxwatch' -%}
    case lower({{ expression }}) when 'online' then 'operational' when 'operational' then 'operational'
      when 'up' then 'operational' when 'ok' then 'operational' when 'degraded' then 'degraded' when 'late' then 'degraded'
      when 'offline' then 'major_outage' when 'down' then 'major_outage' when 'failed' then 'major_outage'
      when 'missed' then 'major_outage' else 'unknown' end
  {%- endif -%}
{%- endmacro %}

{% macro incident_status(product, expression) -%}
  {#- The status that a word of the source gives; null where it gives none. -#}
  {%- if product == 'cachet' -%}
    case {{ expression }} when 0 then 'investigating' when 1 then 'investigating' when 2 then 'identified'
      when 3 then 'monitoring' when 4 then 'resolved' end
  {%- else -%}
    case when lower({{ expression }}) in ('investigating', 'identified', 'monitoring', 'resolved') then lower({{ expression }}) end
  {%- endif -%}
{%- endmacro %}

{% macro severity(expression) -%}
  case lower({{ expression }})
    when 'critical' then 'critical' when 'majoroutage' then 'critical'
    when 'high' then 'major' when 'major' then 'major' when 'partialoutage' then 'major'
    when 'medium' then 'minor' when 'low' then 'minor' when 'minor' then 'minor' when 'degradedperformance' then 'minor'
    when 'operational' then 'none'
    else 'unknown' end
{%- endmacro %}

{% macro progress(expression) -%}
  {#- How far a status is, for updates of the same moment. -#}
  case {{ expression }} when 'investigating' then 1 when 'identified' then 2 when 'monitoring' then 3
    when 'resolved' then 4 when 'cancelled' then 5 else 0 end
{%- endmacro %}

{% macro affected_level(expression) -%}
  {#- How badly a status affects a component: 3, 2, 1, or 0 for not at all. -#}
  case {{ expression }} when 'major_outage' then 3 when 'partial_outage' then 2 when 'degraded' then 1 else 0 end
{%- endmacro %}

{% macro affected_status(expression) -%}
  case {{ expression }} when 3 then 'major_outage' when 2 then 'partial_outage' when 1 then 'degraded' end
{%- endmacro %}
