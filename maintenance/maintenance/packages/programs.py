"""Programs that do the work: what they print is only shown when they fail."""

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
    """A program failed; the text is what it printed."""


def run(
    command: Sequence[str | Path],
    *,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    given: str | None = None,
) -> str:
    """Run a program; returns what it printed on standard output.

    Args:
        command: The program and its arguments.
        folder: Where it runs.
        environment: The only environment variables that it sees; those of this process by default.
        given: What it reads from standard input.

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
