"""Run the tap with `python -m tap_rootly`."""

from __future__ import annotations

from tap_rootly.tap import TapRootly

TapRootly.cli()
