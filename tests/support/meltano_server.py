"""Runs Meltano's commands in forks of a process that has imported it, which takes longer than most commands do.

Run as a script. It reads a command a line, as JSON, and prints its exit code when it has ended; it ends with its input.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import MutableMapping
from importlib import import_module
from typing import Any

IMPORTED = ("meltano.cli", "meltano.core.block.block_parser", "meltano.core.block.singer", "meltano.core.state_service")
"""What most commands import, the last ones when they are needed."""


class Environment(dict[str, str]):
    """The variables of a command, for `os.environ`, which decodes all of them whenever all of them are asked for.

    For each name that a setting can have, Meltano asks for all: fifty thousand times in a run of eight taps.
    """

    def __setitem__(self, name: str, value: str) -> None:
        """Set a variable, also for what is below Python."""
        os.putenv(name, value)
        super().__setitem__(name, value)

    def __delitem__(self, name: str) -> None:
        """Take a variable away, also for what is below Python."""
        os.unsetenv(name)
        super().__delitem__(name)

    clear, pop, popitem = MutableMapping.clear, MutableMapping.pop, MutableMapping.popitem
    setdefault, update = MutableMapping.setdefault, MutableMapping.update


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
    os.environ = Environment(os.environ)  # type: ignore[assignment]  # noqa: B003 - the true one is up to date
    sys.argv = ["meltano", *command["arguments"]]
    sys.exit(import_module("meltano.cli").main())


if __name__ == "__main__":
    serve()
