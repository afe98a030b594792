"""The Airflow operators of an account, of the models and of the summary."""
