"""A private folder for each run, and what dead runs leave behind."""
