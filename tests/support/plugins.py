"""What the plugins of this repository say of themselves."""

from __future__ import annotations

import json
import subprocess
from functools import cache
from typing import Any

from tests.support.project import REPOSITORY, SCRIPTS, clean_environment

TAPS = sorted(project.parent.name for project in REPOSITORY.glob("tap-*/pyproject.toml"))
"""Names of the taps."""


@cache
def about(plugin: str) -> dict[str, Any]:
    """Return what a plugin prints for ``--about``.

    Args:
        plugin: Its name, or the path of its program.
    """
    return _json(plugin, "--about", "--format=json")


@cache
def discovered(tap: str) -> dict[str, Any]:
    """Return the catalog that a tap discovers without any setting.

    Args:
        tap: Its name.
    """
    return _json(tap, "--discover", "--config=ENV")


def _json(plugin: str, *arguments: str) -> dict[str, Any]:
    done = subprocess.run(  # noqa: S603 - a program of this repository
        # A path stays a path when it is joined to a folder.
        [SCRIPTS / plugin, *arguments],
        env=clean_environment({}),
        check=True,
        capture_output=True,
        text=True,
    )
    return dict(json.loads(done.stdout))
