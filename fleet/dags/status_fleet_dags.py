"""The fleet's DAGs, for Airflow's folder of DAGs: one for each account of the accounts file, two for all of them."""

from status_fleet.dags import fleet_dags

globals().update(fleet_dags())
