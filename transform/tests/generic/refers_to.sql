{% test refers_to(model, columns, to) %}
{#- What these columns name is in the other model, under the same names. -#}
select {{ columns | join(', ') }} from {{ model }} as here
where {{ columns[-1] }} is not null and not exists (
  select 1 from {{ to }} as there
  where {% for column in columns %}here.{{ column }} = there.{{ column }}{{ ' and ' if not loop.last }}{% endfor %}
)
{% endtest %}
