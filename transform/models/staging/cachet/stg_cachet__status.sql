with raw as (

{{ source_rows('cachet', 'status', {
  'api_url': 'text'
}) }}

)

select
  source,
  account,
  api_url
from raw
