"""Singer target for DuckDB that loses nothing."""
