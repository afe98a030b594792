with pages as (

  -- A Cachet server is one page; without the streams that tell its address it still has components or incidents.
  select source, account, 'page' as page_id, cast(null as text) as name, cast(null as text) as slug,
    max(url) as url, cast(null as boolean) as is_public, cast(null as timestamp) as created_at
  from (
    select source, account, api_url as url from {{ ref('stg_cachet__status') }}
    union all
    select source, account, api_url from {{ ref('stg_cachet__version') }}
    union all
    select distinct source, account, cast(null as text) from {{ ref('stg_cachet__components') }}
    union all
    select distinct source, account, cast(null as text) from {{ ref('stg_cachet__incidents') }}
  ) as servers
  group by source, account

  union all

  select source, account, page_id, name, subdomain, custom_domain, cast(null as boolean), created_at
  from {{ ref('stg_instatus__pages') }}

  union all

  select source, account, page_id, coalesce(public_title, title), slug, url, coalesce(enabled, true) and coalesce(is_public, true), created_at
  from {{ ref('stg_rootly__status_pages') }}

  union all

  select source, account, page_id, name, page_id, cast(null as text), cast(null as boolean), cast(null as timestamp)
  from {{ ref('stg_sigryl__status_pages') }}

  union all

  select source, account, page_id, name, slug, custom_domain, enabled, created_at
  from {{ ref('stg_boxwatch__status_pages') }}

)

select source, account, page_id, name, slug, url, is_public, {{ shown('created_at') }} as created_at
from pages
