"""A local server that speaks S3, in an environment of its own where it is not installed: it brings sixty packages."""

from __future__ import annotations

import socket
import subprocess
import time
from collections import defaultdict
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import requests

from tests.support.project import SCRIPTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from typing_extensions import Self

SERVER = "moto[server]>=5.1,<6"
SECONDS_TO_START = 120
"""The first start of all fetches the server from PyPI."""
NAMESPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"


class S3Server:
    """Starts on entering the context and is gone with its files on leaving it; the address is a free loopback port.

    Args:
        scripts: Folder of programs where the server may be installed.
    """

    def __init__(self, scripts: Path = SCRIPTS) -> None:
        self._program = scripts / "moto_server"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of the server."""
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(  # noqa: S603 - a program of our choice
            [*self._command(), "-H", "127.0.0.1", "-p", str(self._port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + SECONDS_TO_START
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.__exit__()
                raise RuntimeError("the S3 server did not start; is PyPI reachable?")
            time.sleep(0.1)
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()

    def _command(self) -> list[str]:
        if self._program.exists():
            return [str(self._program)]
        return [str(SCRIPTS / "uv"), "tool", "run", "--from", SERVER, "moto_server"]

    def _answers(self) -> bool:
        try:
            return requests.get(self.url, timeout=5).ok
        except requests.ConnectionError:
            return False

    def create_bucket(self, bucket: str) -> None:
        """Make a bucket.

        Args:
            bucket: Its name.
        """
        requests.put(f"{self.url}/{bucket}", timeout=10).raise_for_status()

    def files(self, bucket: str) -> dict[tuple[str, str], list[bytes]]:
        """Read all files of a bucket.

        Args:
            bucket: Its name.

        Returns:
            The contents of the files, by the two outermost folders in which they lie.
        """
        found = defaultdict(list)
        for key in self._keys(bucket):
            schema, stream = key.split("/")[:2]
            found[schema, stream].append(requests.get(f"{self.url}/{bucket}/{key}", timeout=10).content)
        return dict(found)

    def _keys(self, bucket: str) -> Iterator[str]:
        after: dict[str, str] = {}
        while True:
            listing = requests.get(f"{self.url}/{bucket}", params={"list-type": "2", **after}, timeout=10)
            answer = ET.fromstring(listing.content)  # noqa: S314 - from our own server
            yield from (str(entry.text) for entry in answer.iter(f"{NAMESPACE}Key"))
            token = answer.findtext(f"{NAMESPACE}NextContinuationToken")
            if token is None:
                return
            after = {"continuation-token": token}
