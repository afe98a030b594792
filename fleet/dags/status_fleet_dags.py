"""The fleet's DAGs: copy this file into Airflow's folder of DAGs. It makes one DAG of each account of the accounts file."""

from status_fleet.dags import fleet_dags

globals().update(fleet_dags())
