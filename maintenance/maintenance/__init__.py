"""What the maintainers of the taps run by hand, and CI to check that it was run."""
