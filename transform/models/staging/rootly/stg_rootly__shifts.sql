{{ rootly_shifts('shifts') }}
