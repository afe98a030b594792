"""Proves the fleet on a real Airflow: two Celery workers, several sandboxes, and what goes wrong."""
