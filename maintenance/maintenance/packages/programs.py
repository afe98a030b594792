"""Runs programs whose output is only shown if they fail."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

UV = Path(sys.executable).with_name("uv")
"""The uv of this environment."""


class Failed(Exception):  # noqa: N818 - it says what failed
    """A program failed; the message is its output."""


def run(
    command: Sequence[str | Path],
    *,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    given: str | None = None,
) -> str:
    """Run a program; return its standard output.

    Args:
        command: The program and its arguments.
        folder: Its working directory.
        environment: Its complete environment; this process's by default.
        given: Its standard input.

    Raises:
        Failed: Its exit code was not 0.
    """
    done = subprocess.run(  # noqa: S603 - programs of this project
        command, check=False, capture_output=True, text=True, cwd=folder, env=environment, input=given
    )
    if done.returncode:
        said = (done.stdout + done.stderr).strip()
        raise Failed(f"{Path(command[0]).name} ended with {done.returncode}:\n{said}")
    return done.stdout
