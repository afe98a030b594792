"""Demo of the suite: a seeded status page, loaded into DuckDB, without any account."""
