"""Run the tap with `python -m tap_statuspages`."""

from __future__ import annotations

from tap_statuspages.tap import TapStatusPages

TapStatusPages.cli()
