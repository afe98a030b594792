"""A tap and a loader as two programs and a pipe, the way Singer has it."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

from tests.support.programs import stand_ins
from tests.support.project import clean_environment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

COMMAND = """
set -o pipefail
'{scripts}/{tap}' --config tap.json {state} | '{scripts}/{target}' --config target.json
"""


class Pipe:
    """Runs one tap into one loader, load after load.

    Args:
        folder: A folder of its own, for settings and state.
        tap: Name of the tap.
        tap_settings: Its settings.
        target: Name of the loader.
        target_settings: Its settings.
    """

    def __init__(
        self,
        folder: Path,
        tap: str,
        tap_settings: Mapping[str, Any],
        target: str,
        target_settings: Mapping[str, Any],
    ) -> None:
        self._folder = folder
        self._programs = {"tap": tap, "target": target}
        self._state = folder / "state.json"
        (folder / "tap.json").write_text(json.dumps(tap_settings))
        (folder / "target.json").write_text(json.dumps(target_settings))

    @property
    def state(self) -> Any:
        """The last state that the loader confirmed."""
        return json.loads(self._state.read_text())

    def load(self, *, fails: bool = False) -> str:
        """Load once, from the state of the load before.

        Args:
            fails: Whether it is expected to fail.

        Returns:
            What both programs logged.

        Raises:
            AssertionError: It failed, or did not although it should; the text is the log.
        """
        state = f"--state {self._state.name}" if self._state.exists() else ""
        done = subprocess.run(  # noqa: S602 - a pipe is what is tested
            COMMAND.format(scripts=stand_ins(), state=state, **self._programs),
            shell=True,
            executable="/bin/bash",
            cwd=self._folder,
            env=clean_environment({}),
            capture_output=True,
            text=True,
            check=False,
        )
        if (done.returncode != 0) != fails:
            raise AssertionError(f"exit code {done.returncode}:\n{done.stderr}")
        if done.stdout.strip():
            self._state.write_text(done.stdout.splitlines()[-1])
        return done.stderr
