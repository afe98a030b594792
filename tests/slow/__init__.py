"""Tests that take minutes each, and are run apart from the others: `make test-slow`."""
