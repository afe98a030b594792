"""The packages that users install: checks that each must pass before it is published."""
