{{ rootly_components('services') }}
