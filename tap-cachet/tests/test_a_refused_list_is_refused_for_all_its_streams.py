"""Streams that share the pages of one list also share its failure."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from sandbox import CachetSeed, Fault, Sandbox

if TYPE_CHECKING:
    from pathlib import Path


def test_no_stream_of_a_refused_list_activates_a_version(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    with Sandbox(seed=3, cachet=CachetSeed(incidents=5), bare=True) as box:
        box.faults.add(Fault("status", route="/cachet/api/incidents", status=404, times=100))
        config.write_text(json.dumps({"api_url": box.cachet.api_url}))
        run = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "tap_cachet", "--config", str(config)], capture_output=True, text=True, check=True
        )
    messages = [json.loads(line) for line in run.stdout.splitlines()]
    activated = {message["stream"] for message in messages if message["type"] == "ACTIVATE_VERSION"}
    assert "components" in activated
    assert not activated & {"incidents", "incident_updates", "incident_components"}
    for stream in ("incidents", "incident_updates", "incident_components"):
        assert f"'{stream}'" in run.stderr
