"""Runs Meltano's commands in forks of a process that has imported it, which takes longer than most commands do.

Run as a script. It reads a command a line, as JSON, and prints its exit code when it has ended; it ends with its input.
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from typing import Any

IMPORTED = ("meltano.cli", "meltano.core.block.block_parser", "meltano.core.block.singer", "meltano.core.state_service")
"""What most commands import, the last ones when they are needed."""


def serve() -> None:
    """Run commands one after the other."""
    for module in IMPORTED:
        import_module(module)
    for line in sys.stdin:
        process = os.fork()
        if not process:
            _run(json.loads(line))
        _, status = os.waitpid(process, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _run(command: dict[str, Any]) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    printed = os.open(command["printed"], os.O_WRONLY | os.O_APPEND)
    for file, standard in ((nothing, 0), (printed, 1), (printed, 2)):
        os.dup2(file, standard)
    os.chdir(command["folder"])
    os.environ.clear()
    os.environ.update(command["environment"])
    sys.argv = ["meltano", *command["arguments"]]
    sys.exit(import_module("meltano.cli").main())


if __name__ == "__main__":
    serve()
