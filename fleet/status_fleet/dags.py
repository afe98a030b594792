"""The DAGs that are made of the accounts file."""
