"""A PostgreSQL server for one test session: a temporary folder, a free loopback port, no root."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

HOST = "127.0.0.1"
USER = "loader"
SECONDS_TO_START = 30
WITHOUT_SAFETY = [
    f"--{name}"
    for name in (
        "fsync=off",
        "synchronous_commit=off",
        "full_page_writes=off",
        "wal_level=minimal",
        "max_wal_senders=0",
    )
]
"""Nobody needs the data after the server has ended, however it ends."""


def server_programs() -> Path | None:
    """Return the folder that holds ``initdb`` and ``postgres``, the newest version first.

    Returns:
        The folder, or None where no PostgreSQL server is installed.
    """
    debian = sorted(
        (path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")),
        key=lambda folder: float(folder.parent.name),
    )
    if debian:
        return debian[-1]
    elsewhere = shutil.which("initdb")
    return Path(elsewhere).resolve().parent if elsewhere else None


class PostgresServer:
    """Starts on entering the context and is gone with its data on leaving it.

    Args:
        programs: Folder of the server's programs, see `server_programs`.
    """

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self._folder = Path(tempfile.mkdtemp(prefix="end-to-end-"))
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = 0
        self.port = _free_port()

    def __enter__(self) -> PostgresServer:  # noqa: PYI034 - Self is not in Python 3.10
        data = self._folder / "data"
        # The server refuses to run as root.
        account: dict[str, Any] = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(self._folder, nobody.pw_uid, nobody.pw_gid)
            account = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        subprocess.run(  # noqa: S603 - a program of the installed server
            [
                self._programs / "initdb",
                f"--pgdata={data}",
                f"--username={USER}",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            ],
            cwd=self._folder,
            check=True,
            stdout=subprocess.DEVNULL,
            **account,
        )
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - the same
                [
                    self._programs / "postgres",
                    *("-D", data),
                    *("-h", HOST),
                    *("-p", str(self.port)),
                    *("-k", self._folder),
                    *WITHOUT_SAFETY,
                ],
                cwd=self._folder,
                stdout=log,
                stderr=log,
                **account,
            )
        self._wait()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            # SIGINT asks for a fast shutdown, which does not wait for open connections.
            self._process.send_signal(2)
            self._process.wait(timeout=30)
        shutil.rmtree(self._folder, ignore_errors=True)

    def create_database(self, name: str | None = None) -> str:
        """Create an empty database and return its name.

        Args:
            name: Its name; a database that has it is removed. Without one, a new one.
        """
        if name is None:
            self._databases += 1
            name = f"warehouse_{self._databases}"
        with self.connect("postgres") as connection:
            connection.autocommit = True
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
            connection.execute(f"CREATE DATABASE {name}".encode())
        return name

    def connect(self, database: str) -> psycopg.Connection[tuple[Any, ...]]:
        """Open a connection.

        Args:
            database: Name of the database.
        """
        return psycopg.connect(host=HOST, port=self.port, user=USER, dbname=database)

    def _wait(self) -> None:
        deadline = time.monotonic() + SECONDS_TO_START
        while not self._answers():
            if time.monotonic() > deadline:
                raise TimeoutError((self._folder / "log").read_text())
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            self.connect("postgres").close()
        except psycopg.OperationalError:
            return False
        return True


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
        return port
