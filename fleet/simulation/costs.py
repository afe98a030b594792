"""What a run costs, as measured; `fleet/README.md` says how."""

from __future__ import annotations

from fleet.simulation.model import Cost

RUN = Cost(cpu=8.5, waiting=3.0, megabytes=520, connections=3)
"""An hourly run of an account with little news, with its catalog prepared: Meltano, tap and loader, guard and task."""

DISCOVERING = Cost(cpu=9.3, waiting=3.0, megabytes=520, connections=3)
"""The same without a prepared catalog."""
