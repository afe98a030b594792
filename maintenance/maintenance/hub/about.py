"""What a plugin says of itself."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any


def about(plugin: str) -> dict[str, Any]:
    """What a plugin of this repository prints for `--about --format=json`.

    Args:
        plugin: Its name, such as `tap-cachet`.

    Raises:
        subprocess.CalledProcessError: It could not be run.
    """
    module = plugin.replace("-", "_")
    command = [sys.executable, "-m", module, "--about", "--format=json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - a program of ours
    return dict(json.loads(done.stdout))
