"""Detects that the server as a whole is failing, not one stream: the run then ends early and stops retrying."""

from __future__ import annotations

from typing import TYPE_CHECKING

from singer_fanout.errors import MalformedError

if TYPE_CHECKING:
    from singer_fanout.errors import ApiError

MOST_FAILED = 10
"""After this many streams fail with none read, the rest are expected to fail too."""
MOST_UNLIKE = 3
"""The same for responses of an unexpected shape: a different API is answering."""
MOST_UNREACHABLE = 3
"""The same for streams that cannot connect, after an earlier connection succeeded."""


class Outage:
    """Decides from the outcomes of requests and streams whether the run should continue.

    After a stream fails in all its attempts, the next ones try once until something is answered again: a server that
    is down costs no more than one stream's retries.
    """

    def __init__(self) -> None:
        self._was_reached = False
        self._is_failing = False
        self._failed_in_a_row = 0
        self._some_were_read = False

    def retries(self, usual: int) -> int:
        """How many retries a request may have now."""
        return 0 if self._is_failing else usual

    def answered(self) -> None:
        """Note that the server gave a valid response, even a refusal; called from any thread."""
        self._was_reached = True
        self._is_failing = False

    def failed(self, error: ApiError) -> None:
        """Note that something could not be read in all attempts."""
        self._is_failing = self._is_failing or error.may_pass

    def stream_was_read(self) -> None:
        """Note that a stream succeeded."""
        self._some_were_read = True
        self._failed_in_a_row = 0

    def stream_failed(self, error: ApiError) -> bool:
        """Note that a stream failed; returns whether the rest are expected to fail too."""
        self._failed_in_a_row += 1
        self.failed(error)
        if getattr(error, "unreachable", False):
            return not self._was_reached or self._failed_in_a_row >= MOST_UNREACHABLE
        most = MOST_UNLIKE if isinstance(error, MalformedError) else MOST_FAILED
        return not self._some_were_read and self._failed_in_a_row >= most
