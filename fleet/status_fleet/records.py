"""What is kept of every run: a row in PostgreSQL, without secrets."""
