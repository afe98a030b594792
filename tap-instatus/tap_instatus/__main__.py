"""Run the tap with `python -m tap_instatus`."""

from __future__ import annotations

from tap_instatus.tap import TapInstatus

TapInstatus.cli()
