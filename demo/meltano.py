"""Runs the project's Meltano in the demo's environment, separate from the user's settings and state."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ENVIRONMENT = "demo"
LOG_LINES_SHOWN = 25


class MeltanoError(Exception):
    """A Meltano run failed; the message ends with the last lines of the log."""


class Meltano:
    """The ``meltano`` installed in the environment of the running Python.

    Args:
        root: Folder of the project (the one with ``meltano.yml``).
        log: File for Meltano's output.
    """

    def __init__(self, root: Path, log: Path) -> None:
        self._root = root
        self._log = log
        self._executable = Path(sys.executable).parent / "meltano"

    def run(self, *blocks: str, settings: Mapping[str, str], anew: bool = False) -> None:
        """Run blocks one after another.

        Args:
            blocks: Names of plugins, or of their commands.
            settings: Environment variables for them.
            anew: Whether to ignore the state of earlier loads.

        Raises:
            MeltanoError: The run failed.
        """
        command = [
            str(self._executable),
            # Nothing in the user's .env may point the demo to the user's own database.
            f"--env-file={os.devnull}",
            "--log-format=uncolored",
            f"--environment={ENVIRONMENT}",
            "run",
            *(["--full-refresh"] if anew else []),
            *blocks,
        ]
        with self._log.open("ab") as log:
            done = subprocess.run(  # noqa: S603 - no part of the command is external input
                command, cwd=self._root, env=self._environment(settings), stdout=log, stderr=log, check=False
            )
        if done.returncode != 0:
            last = self._log.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:]
            raise MeltanoError("\n".join([*last, f"{blocks[0]} failed. The whole log: {self._log}"]))

    @staticmethod
    def _environment(settings: Mapping[str, str]) -> dict[str, str]:
        foreign = ("MELTANO_", "TAP_", "TARGET_", "DBT_", "STATUS_REPORT_")
        own = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        return {**own, **settings}
