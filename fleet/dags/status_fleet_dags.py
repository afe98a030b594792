"""The fleet's DAGs, for Airflow's DAG folder: one for each account of the accounts file, two for the fleet."""

from status_fleet.dags import fleet_dags

globals().update(fleet_dags())
