"""Taps and loaders as processes that start in no time: forks of one server for each environment.

Each is a process of its own, with a process id and the standard files, folder and environment that it was started with.
Two ways lead there: `start` from a test, and executables: those of `stand_ins` from a shell, and those of `stand_in`
in the place of others.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import Thread
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PROGRAMS = ("tap-cachet", "tap-instatus", "tap-rootly", "tap-statuspages", "target-duckdb")
SERVER = Path(__file__).with_name("program_server.py")
STAND_IN = Path(__file__).with_name("program_stand_in.py")
ONE_THREAD = {"JE_ARROW_MALLOC_CONF": "background_thread:false"}
"""Only the thread that forks lives on in the fork, so the server must have no other."""


class Program:
    """A program that was started, with what `subprocess.Popen` has of it."""

    def __init__(self, connection: socket.socket, stdout: IO[bytes]) -> None:
        self._connection = connection
        # Unbuffered, so that what can be read is seen to be.
        self._told = connection.makefile("rb", buffering=0)
        self.pid = int(self._told.readline())
        self.stdout = stdout
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The exit code, if it has ended."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(timeout=0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end.

        Returns:
            Its exit code.

        Raises:
            subprocess.TimeoutExpired: It goes on.
        """
        if self.returncode is None:
            ready, _, _ = select.select([self._connection], [], [], timeout)
            if not ready:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            with self._connection, self._told:
                self.returncode = int(self._told.readline())
        return self.returncode

    def kill(self) -> None:
        """Kill -9."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)


def start(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], source: IO[bytes] | None, log: IO[bytes]
) -> Program:
    """Start a program.

    Args:
        command: Its name and its arguments.
        folder: Where it runs.
        environment: All variables that it sees.
        source: Its standard input; nothing, by default.
        log: Its standard error.
    """
    # A process is started, though by the server: auditors hear of it here, in the thread that wants it.
    sys.audit("subprocess.Popen", command[0], command, str(folder), environment)
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(str(_server()))
    told = json.dumps({"command": command, "folder": str(folder), "environment": environment}).encode() + b"\n"
    read, write = os.pipe()
    with open(os.devnull, "rb") as nothing, open(write, "wb") as out:  # noqa: PTH123 - a pipe has no path
        sent = socket.send_fds(connection, [told], [(source or nothing).fileno(), out.fileno(), log.fileno()])
        connection.sendall(told[sent:])
        return Program(connection, open(read, "rb"))  # noqa: PTH123 - the same


@cache
def stand_ins() -> Path:
    """A folder of executables with the names of the programs, each of which has the server start its program."""
    address = _server()
    folder = address.with_name("bin")
    folder.mkdir()
    for name in PROGRAMS:
        _write(folder / name, address)
    return folder


def stand_in(executable: Path) -> None:
    """Put an executable in the place of one of another environment, which starts its program from a server there.

    What was installed is still what runs the first time that it is asked for more than its streams.
    """
    address = _ProgramServer(executable.with_name("python"), [executable.name]).address
    installed = executable.with_name("installed")
    installed.mkdir()
    executable.rename(installed / executable.name)
    _write(executable, address, installed)


def _write(executable: Path, address: Path, installed: Path | None = None) -> None:
    """Write an executable that passes on its arguments, files, folder and environment, and ends as its program ends.

    The program dies with it.
    """
    known = f"SERVER = {str(address)!r}\nINSTALLED = {str(installed or '')!r}\n"
    executable.write_text(f"#!{sys.executable} -IS\n{known}{STAND_IN.read_text()}")
    executable.chmod(0o755)


@cache
def _server() -> Path:
    return _ProgramServer(Path(sys.executable), PROGRAMS).address


class _ProgramServer:
    """A server that begins when the first program is asked for, and goes on until this process ends.

    Args:
        python: The Python of the environment of the programs.
        names: The names of the programs.
    """

    def __init__(self, python: Path, names: Sequence[str]) -> None:
        self._command = [python, SERVER]
        self._names = names
        self._process: subprocess.Popen[bytes] | None = None
        self.address = Path(tempfile.mkdtemp(prefix="programs-")) / "socket"
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.address))
        self._listener.listen(socket.SOMAXCONN)
        atexit.register(self._end)
        Thread(target=self._begin, daemon=True).start()

    def _begin(self) -> None:
        # Whoever is the first waits at the socket, which the server takes over.
        select.select([self._listener], [], [])
        descriptor = self._listener.fileno()
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [*self._command, str(descriptor), *self._names],
            env={**os.environ, **ONE_THREAD},
            pass_fds=[descriptor],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        self._listener.close()

    def _end(self) -> None:
        if self._process is not None:
            self._process.communicate()
        shutil.rmtree(self.address.parent)
