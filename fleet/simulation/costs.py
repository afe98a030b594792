"""What a run costs, as measured; `fleet/README.md` says how."""

from __future__ import annotations

from fleet.simulation.model import Cost

RUN = Cost(cpu=9.0, waiting=3.0)
"""A run of an account: 6.3 for Meltano, tap, loader and guard; 2.7 for Airflow's task, if it begins from nothing."""

DISCOVERING = Cost(cpu=9.7, waiting=3.0)
"""The same without a prepared catalog."""
