"""Scripts that the maintainers of the taps run by hand, and that CI uses to check that they were run."""
