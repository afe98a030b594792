"""A stream whose parents were narrowed or incomplete must not look complete itself."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from sandbox import CachetSeed, Sandbox

if TYPE_CHECKING:
    from pathlib import Path


BOOKMARK = {"replication_key": "id", "replication_key_value": 2}


def test_points_of_chosen_metrics_delete_nothing_and_forget_no_bookmark(tmp_path: Path) -> None:
    config, state = tmp_path / "config.json", tmp_path / "state.json"
    state.write_text(
        json.dumps({"bookmarks": {"metric_points": {"newest_ids": {"1": 1, "2": 2}, **BOOKMARK}}}), encoding="utf-8"
    )
    with Sandbox(seed=3, cachet=CachetSeed(metrics=4, points=40), bare=True) as box:
        config.write_text(json.dumps({"api_url": box.cachet.api_url, "record_ids": {"metrics": [1]}}))
        command = [sys.executable, "-m", "tap_cachet", "--config", str(config), "--state", str(state)]
        run = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    messages = [json.loads(line) for line in run.stdout.splitlines()]
    activated = {message["stream"] for message in messages if message["type"] == "ACTIVATE_VERSION"}
    last_state = [message["value"] for message in messages if message["type"] == "STATE"][-1]
    assert activated.isdisjoint({"metrics", "metric_points"})
    assert "2" in last_state["bookmarks"]["metric_points"]["newest_ids"]
