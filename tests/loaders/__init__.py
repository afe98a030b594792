"""The taps into loaders that are not ours, in tests that take minutes: `make test-loaders`."""
