with raw as (

{{ source_rows('cachet', 'version', {
  'api_url': 'text'
}) }}

)

select
  source,
  account,
  api_url
from raw
