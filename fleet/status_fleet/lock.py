"""One run of an account at a time, on all machines together."""
