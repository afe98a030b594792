"""The DAG file for Airflow's folder of DAGs."""
