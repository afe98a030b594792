"""An environment for shells whose `meltano` is a fork of the server of all tests, too."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import TYPE_CHECKING

from tests.support.meltano_process import run_meltano
from tests.support.project import SCRIPTS

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = """\
#!{python} -IS
import json, os, socket, sys
with socket.create_connection({address}) as asked, asked.makefile("rw") as told:
    told.write(json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]) + "\\n")
    told.flush()
    exit_code, printed = json.loads(told.readline())
sys.stdout.write(printed)
sys.exit(exit_code)
"""


@contextmanager
def linked_environment(folder: Path) -> Iterator[None]:
    """Make a folder that is the environment of the tests, but for its `meltano`, which is not imported anew each time.

    Args:
        folder: It does not exist yet.
    """
    (folder / "bin").mkdir(parents=True)
    for path in SCRIPTS.parent.iterdir():
        if path != SCRIPTS:
            (folder / path.name).symlink_to(path)
    for path in SCRIPTS.iterdir():
        if path.name != "meltano":
            (folder / "bin" / path.name).symlink_to(path)
    with _Server(("127.0.0.1", 0), _Answer) as server:
        command = folder / "bin" / "meltano"
        command.write_text(COMMAND.format(python=sys.executable, address=server.server_address))
        # As the real one, which must be there.
        command.chmod((SCRIPTS / "meltano").stat().st_mode)
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()


class _Server(ThreadingTCPServer):
    daemon_threads = True


class _Answer(StreamRequestHandler):
    def handle(self) -> None:
        arguments, folder, environment = json.loads(self.rfile.readline())
        answer = run_meltano(arguments, Path(folder), environment)
        self.wfile.write(json.dumps(answer).encode() + b"\n")
