"""What the plugins of this repository say of themselves."""

from __future__ import annotations

import json
import os
import subprocess
from functools import cache
from typing import Any
from unittest.mock import patch

from singer_fanout.testing import run_tap

from tests.support.project import REPOSITORY, SCRIPTS, clean_environment
from tests.support.servers import SERVERS

CLASSES = {server.tap.name: server.tap for server in SERVERS}
TAPS = sorted(project.parent.name for project in REPOSITORY.glob("tap-*/pyproject.toml"))
"""Names of the taps."""

PROVIDERS = {
    "tap-statuspages": (
        {"TAP_STATUSPAGES_PROVIDER": "sigryl"},
        {"TAP_STATUSPAGES_PROVIDER": "boxwatch"},
    ),
}
"""Settings that decide which streams a tap has."""


@cache
def about(plugin: str) -> dict[str, Any]:
    """Return what a plugin prints for ``--about``.

    Args:
        plugin: Its name, or the path of its program.
    """
    return _json(plugin, "--about", "--format=json")


@cache
def discovered(tap: str, provider: str | None = None) -> dict[str, Any]:
    """Return the streams that a tap discovers, those of all its providers.

    Args:
        tap: Its name.
        provider: Only those of this one.
    """
    found = [
        _json(tap, "--discover", "--config=ENV", **settings)
        for settings in PROVIDERS.get(tap, ({},))
        if provider is None or provider in settings.values()
    ]
    return {"streams": [stream for catalog in found for stream in catalog["streams"]]}


def _json(plugin: str, *arguments: str, **settings: str) -> dict[str, Any]:
    return dict(json.loads(_printed(plugin, arguments, clean_environment(settings))))


def _printed(plugin: str, arguments: tuple[str, ...], environment: dict[str, str]) -> str:
    if plugin in CLASSES:
        # Its command line in this process, which takes a tenth of the time of its program.
        with patch.dict(os.environ, environment, clear=True):
            run = run_tap(CLASSES[plugin], arguments)
        assert run.exit_code == 0, run.log
        return run.output
    # A path stays a path when it is joined to a folder.
    command = [str(SCRIPTS / plugin), *arguments]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout  # noqa: S603
