"""The packages that users install: what each must be before it is published."""
