"""The loader with lakes, in the environment that holds the extensions of DuckDB."""
