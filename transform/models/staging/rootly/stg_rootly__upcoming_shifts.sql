{{ rootly_shifts('upcoming_shifts') }}
