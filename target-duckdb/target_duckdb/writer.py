"""A thread that writes while the next records are being read."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Writer:
    """Runs jobs one after another, in a thread of its own.

    At most one job is running. Submitting the next waits for it, and raises if it has failed; so memory is bounded,
    and nothing is written after a failure.
    """

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="duckdb-writer")
        self._running: Future[None] | None = None

    def submit(self, job: Callable[[], None]) -> None:
        """Run a job as soon as the previous one is finished.

        Args:
            job: The job to run.

        Raises:
            Exception: Whatever the previous job has raised.
        """
        self.wait()
        self._running = self._executor.submit(job)

    def wait(self) -> None:
        """Wait until the last job is finished.

        Raises:
            Exception: Whatever the last job has raised. It is raised again by every further call.
        """
        if self._running is not None:
            self._running.result()

    def close(self) -> None:
        """Let the running job finish, whether or not it fails. Closing twice does no harm."""
        self._executor.shutdown()
