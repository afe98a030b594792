{% macro uptime(seconds, major, partial, degraded) -%}
  {#- From 0 to 1; null without any second that could have been up. -#}
  case when {{ seconds }} > 0 then
    cast(1 - ({{ var('weight_major_outage') }} * ({{ major }}) + {{ var('weight_partial_outage') }} * ({{ partial }})
      + {{ var('weight_degraded') }} * ({{ degraded }})) / ({{ seconds }}) as double precision)
  end
{%- endmacro %}
