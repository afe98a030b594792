{% snapshot component_status_history %}

{{ config(
  unique_key=['source', 'account', 'component_id'],
  strategy='check',
  check_cols=['status', 'source_status'],
  hard_deletes='invalidate',
  snapshot_meta_column_names={
    'dbt_valid_from': 'started_at', 'dbt_valid_to': 'ended_at', 'dbt_scd_id': 'stretch_id', 'dbt_updated_at': 'noted_at'
  }
) }}

with shown as (

  select source, account, component_id, kind, status, source_status
  from {{ ref('int_components') }}
  where not is_missing and source_status is not null

)

select source, account, component_id, kind, status, source_status from shown

{% if adapter.get_relation(this.database, this.schema, this.identifier) %}
union all

-- Nothing at all of a kind was loaded: that tells nothing about what there was, so its stretches go on.
select h.source, h.account, h.component_id, h.kind, h.status, h.source_status
from {{ this }} as h
where h.ended_at is null and not exists (
  select 1 from shown as s where s.source = h.source and s.account = h.account and s.kind = h.kind
)
{% endif %}

{% endsnapshot %}
