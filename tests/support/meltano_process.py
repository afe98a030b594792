"""Starts Meltano's commands as forks of one server for all tests of a process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SERVER = Path(__file__).with_name("meltano_server.py")


def run_meltano(arguments: Sequence[str], folder: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    """Run one Meltano command to its end, as its executable does.

    Args:
        arguments: What follows ``meltano`` on the command line.
        folder: Where it runs.
        environment: All variables that it sees.

    Returns:
        Its exit code, and what it printed, log included.
    """
    with tempfile.NamedTemporaryFile(prefix="meltano") as printed:
        command = {"arguments": arguments, "folder": str(folder), "environment": environment, "printed": printed.name}
        server = _server()
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            server.stdin.write(json.dumps(command) + "\n")
            server.stdin.flush()
            exit_code = int(server.stdout.readline())
        except BaseException:
            # The test was given up: nothing that it started must go on.
            os.killpg(server.pid, signal.SIGKILL)
            _server.cache_clear()
            raise
        return exit_code, Path(printed.name).read_text()


@cache
def _server() -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
