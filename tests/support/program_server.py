"""Runs taps and loaders in forks of a process that has imported them, which takes longer than most of them work.

Run as a script by the Python of their environment, with the descriptor of a Unix socket that listens and the names of
the programs. Who connects sends a start as JSON in a line, and the three standard files with it. The answer is the
process id in a line, and when the program has ended its exit code in another. A connection that is closed before takes
its program with it. The server ends with its input.
"""

from __future__ import annotations

import gc
import json
import os
import selectors
import signal
import socket
import sys
import time
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

IMPORTED = {
    "target-duckdb": ("target_duckdb.target",),
    "target-postgres": ("sqlalchemy.dialects.postgresql.psycopg",),
}
"""What a program imports only when it runs."""
BYTES = 1 << 20
STANDARD_FILES = 3


class Server:
    """Starts programs for all who connect.

    Args:
        listener: Where they connect.
        programs: What the installed executables run, by name.
    """

    def __init__(self, listener: socket.socket, programs: Mapping[str, EntryPoint]) -> None:
        self._listener = listener
        self._programs = programs
        self._running: dict[int, socket.socket] = {}
        self._ends, self._wakes = socket.socketpair()
        self._selector = selectors.DefaultSelector()

    def serve(self) -> None:
        """Start programs until the input ends."""
        self._wakes.setblocking(False)  # noqa: FBT003
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wakes.fileno(), warn_on_full_buffer=False)
        for file, act in ((sys.stdin, self._end), (self._ends, self._tell_ends), (self._listener, self._start)):
            self._selector.register(file, selectors.EVENT_READ, act)
        while True:
            for key, _ in self._selector.select():
                key.data()

    def _start(self) -> None:
        connection, _ = self._listener.accept()
        told, files, *_ = socket.recv_fds(connection, BYTES, STANDARD_FILES)
        while not told.endswith(b"\n"):
            more = connection.recv(BYTES)
            if not more:
                # Whoever wanted to start something was ended meanwhile.
                connection.close()
                return
            told += more
        process = os.fork()
        if not process:
            self._forget(connection)
            run(self._programs, json.loads(told), files)
        for file in files:
            os.close(file)
        self._running[process] = connection
        self._selector.register(connection, selectors.EVENT_READ, lambda: self._give_up(process))
        self._tell(connection, process)

    def _forget(self, connection: socket.socket) -> None:
        """Be no server any more."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._selector.close()
        for other in (self._listener, self._ends, self._wakes, connection, *self._running.values()):
            other.close()

    def _give_up(self, process: int) -> None:
        """Whoever has started the program is gone."""
        if process in self._running:
            self._selector.unregister(self._running[process])
            os.kill(process, signal.SIGKILL)

    def _tell_ends(self) -> None:
        self._ends.recv(BYTES)
        for process, connection in list(self._running.items()):
            ended, status = os.waitpid(process, os.WNOHANG)
            if ended:
                self._tell(connection, os.waitstatus_to_exitcode(status))
                del self._running[process]
                if connection in self._selector.get_map():
                    self._selector.unregister(connection)
                connection.close()

    @staticmethod
    def _tell(connection: socket.socket, number: int) -> None:
        try:
            connection.sendall(f"{number}\n".encode())
        except OSError:
            # Nobody wants to know any more.
            return

    def _end(self) -> None:
        for process in self._running:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
        # DuckDB complains about objects that are still alive when Python exits.
        gc.unfreeze()
        sys.exit()


def run(programs: Mapping[str, EntryPoint], start: Mapping[str, Any], files: Sequence[int]) -> None:
    """Become a program: with its arguments, its files, its folder and its environment."""
    gc.unfreeze()
    for standard, file in enumerate(files):
        os.dup2(file, standard)
        os.close(file)
    os.chdir(start["folder"])
    os.environ.clear()
    os.environ.update(start["environment"])
    time.tzset()
    sys.argv = start["command"]
    sys.exit(programs[Path(sys.argv[0]).name].load()())


def main() -> None:
    """Import the programs, and serve."""
    listener, *names = sys.argv[1:]
    # The folder of the executables is theirs, this script's is not.
    sys.path[0] = str(Path(sys.executable).parent)
    programs = {name: next(iter(entry_points(group="console_scripts", name=name))) for name in names}
    for name, program in programs.items():
        for module in (program.module, *IMPORTED.get(name, ())):
            import_module(module)
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=int(listener)) as listening:
        Server(listening, programs).serve()


if __name__ == "__main__":
    main()
