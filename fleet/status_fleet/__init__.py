"""Runs hundreds of accounts of the status taps, each as a separate run."""
