"""Runs a process to its end, and measures its resources."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024
SHOWN_OF_A_LOG = 2000


@dataclass(frozen=True)
class Usage:
    """Resources used by a process and the children it waited for.

    Attributes:
        seconds: Wall time, from its start to its exit.
        cpu_seconds: Processor time.
        peak_bytes: The largest resident memory of any of these processes.
    """

    seconds: float
    cpu_seconds: float
    peak_bytes: int


def run(  # noqa: PLR0913 - the inputs of a process
    command: Sequence[str],
    log: Path,
    environment: Mapping[str, str],
    *,
    folder: Path | None = None,
    source: Path | None = None,
    output: Path | None = None,
) -> Usage:
    """Run a command.

    Args:
        command: The program and its arguments.
        log: File for its standard error.
        environment: Its complete environment.
        folder: Its working directory.
        source: File for its standard input; empty input if None.
        output: File for its standard output; the log if None.

    Raises:
        RuntimeError: The command failed.
    """
    nothing = Path(os.devnull)
    with (source or nothing).open("rb") as lines, log.open("wb") as errors, (output or nothing).open("wb") as out:
        started = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 - our own commands
            command, cwd=folder, env=environment, stdin=lines, stdout=out if output else errors, stderr=errors
        )
        # Popen.wait does not return the memory usage.
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{log.read_text(errors='replace')[-SHOWN_OF_A_LOG:]}")
    return Usage(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * MAXRSS_UNIT)
