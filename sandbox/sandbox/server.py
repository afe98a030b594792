"""The sandbox: one process, one port, all APIs."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import suppress
from dataclasses import fields
from typing import TYPE_CHECKING, TypeVar

import uvicorn

from sandbox.app import Application
from sandbox.boxwatch import BoxWatch, BoxWatchSeed
from sandbox.cachet import Cachet, CachetSeed
from sandbox.control import Control
from sandbox.faults import Faults
from sandbox.instatus import Instatus, InstatusSeed
from sandbox.mover import Mover
from sandbox.request_log import RequestLog
from sandbox.rootly import Rootly, RootlySeed
from sandbox.sigryl import Sigryl, SigrylSeed

if TYPE_CHECKING:
    from types import TracebackType

    from sandbox.mover import Store

Size = TypeVar("Size", CachetSeed, InstatusSeed, SigrylSeed, BoxWatchSeed)

_HOST = "127.0.0.1"
_START_SECONDS = 10.0


class Sandbox:
    """A local server that implements the APIs that the taps read; a context manager.

    Args:
        seed: The seed of the data and of random faults: the same seed gives the same responses.
        port: The port on the loopback address; 0 for any free one.
        cachet: How much data the Cachet server holds.
        instatus: How much data the Instatus server holds.
        rootly: How much data the Rootly server holds.
        sigryl: How much data the Sigryl server holds.
        boxwatch: How much data the BoxWatch server holds.
        bare: Whether servers without a given size are empty, which is quicker, instead of holding their default data.

    Attributes:
        cachet: The Cachet server.
        instatus: The Instatus server.
        rootly: The Rootly server.
        sigryl: The Sigryl server.
        boxwatch: The BoxWatch server.
        requests: The log of requests.
        faults: The faults to inject.
    """

    def __init__(  # noqa: PLR0913 - a size for each API
        self,
        *,
        seed: int = 0,
        port: int = 0,
        cachet: CachetSeed | None = None,
        instatus: InstatusSeed | None = None,
        rootly: RootlySeed | None = None,
        sigryl: SigrylSeed | None = None,
        boxwatch: BoxWatchSeed | None = None,
        bare: bool = False,
    ) -> None:
        self.requests = RequestLog()
        self.faults = Faults(seed)
        self.cachet = Cachet(cachet or _usual(CachetSeed, bare=bare), seed)
        self.instatus = Instatus(instatus or _usual(InstatusSeed, bare=bare), seed)
        self.rootly = Rootly(rootly, seed)
        self.sigryl = Sigryl(sigryl or _usual(SigrylSeed, bare=bare), seed)
        self.boxwatch = BoxWatch(boxwatch or _usual(BoxWatchSeed, bare=bare), seed)
        self._servers = (self.cachet, self.instatus, self.rootly, self.sigryl, self.boxwatch)
        stores: dict[str, Store] = {
            "cachet": self.cachet.store,
            "instatus": self.instatus.store,
            "rootly": self.rootly.store,
            "sigryl": self.sigryl.store,
            "boxwatch": self.boxwatch.store,
        }
        mover = Mover(stores)
        control = Control(self.requests, self.faults, mover, stores)
        apis = [api for server in self._servers for api in server.apis]
        self._application = Application(apis, control.router, self.requests, self.faults, mover)
        self._wanted_port = port
        self._socket: socket.socket | None = None
        self._server: _PromptServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def base_url(self) -> str:
        """The URL of the server, without a trailing slash.

        Raises:
            RuntimeError: The sandbox is not running.
        """
        if self._socket is None:
            raise RuntimeError("the sandbox is not running; use it as a context manager")
        return f"http://{_HOST}:{self._socket.getsockname()[1]}"

    def start(self) -> None:
        """Serve from a thread; returns once requests are answered.

        Raises:
            OSError: The port is taken.
            RuntimeError: The server did not start.
        """
        self._socket = _listen(self._wanted_port)
        config = uvicorn.Config(
            self._application,
            lifespan="off",
            ws="none",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            timeout_keep_alive=60,
            timeout_graceful_shutdown=1,
        )
        self._server = _PromptServer(config)
        self._thread = threading.Thread(target=self._server.serve_on, args=(self._socket,), name="sandbox", daemon=True)
        self._thread.start()
        if not self._server.is_started_within(_START_SECONDS):
            self.stop()
            raise RuntimeError("the sandbox did not start")
        for server in self._servers:
            server.base_url = self.base_url

    def stop(self) -> None:
        """Stop the server; requests being answered have a second to finish."""
        if self._server is not None and self._thread is not None:
            self._server.end()
            self._thread.join()
        if self._socket is not None:
            self._socket.close()
        self._server = self._thread = self._socket = None

    def __enter__(self) -> Sandbox:  # noqa: PYI034 - Python 3.10 has no Self
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _PromptServer(uvicorn.Server):
    """Waits for its start and its end, where uvicorn's server looks every tenth of a second.

    Test suites start and stop hundreds of sandboxes, and keep some of them to the end, which should then cost nothing.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._begun = threading.Event()
        self._over = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def serve_on(self, listener: socket.socket) -> None:
        """Serve until `end` is called."""
        try:
            self.run(sockets=[listener])
        finally:
            self._begun.set()

    def is_started_within(self, seconds: float) -> bool:
        """Whether requests are answered, as soon as that is certain."""
        return self._begun.wait(seconds) and self.started

    def end(self) -> None:
        """Let the server stop."""
        self.should_exit = True
        if self._loop is not None:
            # It is closed if the server has failed.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._over.set)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept connections."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self._begun.set()

    async def main_loop(self) -> None:
        """Serve until `end` is called; the header with the date changes each second."""
        while not await self.on_tick(0):
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._over.wait(), 1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let requests being answered finish, and close all connections, including those that arrive meanwhile."""
        for listener in [*self.servers, *(sockets or ())]:
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if self.server_state.tasks:
            _, late = await asyncio.wait(self.server_state.tasks, timeout=self.config.timeout_graceful_shutdown)
            for task in late:
                task.cancel()
        await asyncio.sleep(0)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)


def _usual(size: type[Size], *, bare: bool) -> Size:
    """The default size of a server, or that of an empty one."""
    return size(**dict.fromkeys((field.name for field in fields(size)), 0)) if bare else size()


def _listen(port: int) -> socket.socket:
    # asyncio disables Nagle's algorithm only if the socket's protocol is given as TCP; otherwise every response
    # would wait 40 ms for the client's delayed acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((_HOST, port))
        listener.listen(512)
    except OSError:
        listener.close()
        raise
    return listener
