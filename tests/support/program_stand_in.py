"""Stands in for the executable of a tap or loader: has the server start it, and ends as it ends.

Not run as it is: `programs` writes it into executables, with two paths above: the address of the server, and a folder
with an executable of the same name that is run once instead, or none.
"""

import json
import os
import signal
import socket
import sys

if "--discover" not in sys.argv:
    ran = f"{INSTALLED}-ran"  # type: ignore[name-defined]  # noqa: F821 - written above
    try:
        os.rename(INSTALLED, ran)  # type: ignore[name-defined]  # noqa: F821, PTH104 - quicker
    except FileNotFoundError:
        pass
    else:
        program = f"{ran}/{sys.argv[0].rsplit('/', 1)[-1]}"
        os.execv(program, [program, *sys.argv[1:]])  # noqa: S606

with socket.socket(socket.AF_UNIX) as connection:
    connection.connect(SERVER)  # type: ignore[name-defined]  # noqa: F821 - written above
    start = {"command": sys.argv, "folder": os.getcwd(), "environment": dict(os.environ)}  # noqa: PTH109 - quicker
    told = json.dumps(start).encode() + b"\n"
    connection.sendall(told[socket.send_fds(connection, [told], [0, 1, 2]) :])
    # The program has them, and whoever reads or writes at the other end must notice what it does.
    os.close(0)
    os.close(1)
    told_back = connection.makefile()
    process = int(told_back.readline())
    # What asks this process to end asks the program; a kill ends both, because the connection ends.
    for asked in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked, lambda number, _: os.kill(process, number))
    ended = told_back.readline()
exit_code = int(ended)
if exit_code < 0:
    signal.signal(-exit_code, signal.SIG_DFL)
    os.kill(os.getpid(), -exit_code)
sys.exit(exit_code)
