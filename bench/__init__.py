"""Side-by-side benchmarks of the taps; run with `python -m bench`."""
