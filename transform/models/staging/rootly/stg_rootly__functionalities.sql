{{ rootly_components('functionalities') }}
