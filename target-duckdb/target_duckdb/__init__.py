"""Singer target for DuckDB that loses no data."""
