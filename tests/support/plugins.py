"""What the plugins of this repository say of themselves."""

from __future__ import annotations

import json
import subprocess
from functools import cache
from typing import Any

from tests.support.project import REPOSITORY, SCRIPTS, clean_environment

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
    done = subprocess.run(  # noqa: S603 - a program of this repository
        # A path stays a path when it is joined to a folder.
        [SCRIPTS / plugin, *arguments],
        env=clean_environment(settings),
        check=True,
        capture_output=True,
        text=True,
    )
    return dict(json.loads(done.stdout))
