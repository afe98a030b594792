"""Hundreds of accounts of the status taps, each loaded by a run of its own."""
