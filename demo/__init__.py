"""Show the suite at work: a seeded status page, loaded into DuckDB, with no account anywhere."""
