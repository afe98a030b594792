"""Where secrets come from: the environment, or an Airflow connection."""
