"""When it is the server that fails, and not a stream: then a run ends early, and repeats its requests no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from singer_fanout.errors import MalformedError

if TYPE_CHECKING:
    from singer_fanout.errors import ApiError

MOST_FAILED = 10
"""When so many streams fail before the first one is read, the others would too."""
MOST_UNLIKE = 3
"""The same for answers of another shape: it is another API that answers."""
MOST_UNREACHABLE = 3
"""The same for streams that get no connection, when there was one before."""


class Outage:
    """Tells, from what became of requests and streams, whether it is worth going on.

    After a stream that failed in all its attempts the next ones ask once, until something is answered again: no more
    than one stream's retries are spent on a server that is down.
    """

    def __init__(self) -> None:
        self._was_reached = False
        self._is_failing = False
        self._failed_in_a_row = 0
        self._some_were_read = False

    def retries(self, usual: int) -> int:
        """How often a request may be repeated now."""
        return 0 if self._is_failing else usual

    def answered(self) -> None:
        """The server has said something that can be understood, be it a refusal; called from any thread."""
        self._was_reached = True
        self._is_failing = False

    def failed(self, error: ApiError) -> None:
        """Something could not be read in all attempts."""
        self._is_failing = self._is_failing or error.may_pass

    def stream_was_read(self) -> None:
        """A stream has ended well."""
        self._some_were_read = True
        self._failed_in_a_row = 0

    def stream_failed(self, error: ApiError) -> bool:
        """A stream has ended with an error; returns whether the others would, too."""
        self._failed_in_a_row += 1
        self.failed(error)
        if getattr(error, "unreachable", False):
            return not self._was_reached or self._failed_in_a_row >= MOST_UNREACHABLE
        most = MOST_UNLIKE if isinstance(error, MalformedError) else MOST_FAILED
        return not self._some_were_read and self._failed_in_a_row >= most
