"""One thread that writes while the next records are being read."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Writer:
    """Runs jobs one after the other, in a thread of its own.

    At most one job is under way. Whoever brings the next waits for it, and hears of its failure; so what waits in
    memory is bounded, and after a failure nothing more is written.
    """

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="duckdb-writer")
        self._running: Future[None] | None = None

    def submit(self, job: Callable[[], None]) -> None:
        """Have a job done as soon as the one before it is finished.

        Args:
            job: What to do.

        Raises:
            Exception: What the job before it has raised.
        """
        self.wait()
        self._running = self._executor.submit(job)

    def wait(self) -> None:
        """Wait until nothing is left to do.

        Raises:
            Exception: What the last job has raised. It is raised at every further call, too.
        """
        if self._running is not None:
            self._running.result()

    def close(self) -> None:
        """Let the running job finish, whatever comes of it. Closing twice does no harm."""
        self._executor.shutdown()
