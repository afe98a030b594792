"""What the end-to-end tests stand on: a Meltano project, a PostgreSQL server, the rows to expect."""
