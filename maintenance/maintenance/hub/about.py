"""The `--about` of a plugin."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from typing import Any


@cache
def about(plugin: str) -> dict[str, Any]:
    """The output of a plugin of this repository for `--about --format=json`.

    Args:
        plugin: Its name, such as `tap-cachet`.

    Raises:
        subprocess.CalledProcessError: It failed.
    """
    module = plugin.replace("-", "_")
    command = [sys.executable, "-m", module, "--about", "--format=json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - a program of ours
    return dict(json.loads(done.stdout))
