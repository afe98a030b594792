"""Everything that can go wrong between a tap and its API; each error is one line: what, where and what to do."""

from __future__ import annotations

from signal import SIGTERM


class ApiError(Exception):
    """A response that the tap cannot use, or none at all.

    Args:
        message: One line for the user: what happened, to which request, and the next step.
        status: The HTTP status; None if there was no response.
    """

    exit_code = 1
    may_pass = False
    """Whether the same request may succeed later without intervention."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class SettingsError(ApiError):
    """An invalid setting, catalog or state."""


class UnauthorizedError(ApiError):
    """401: the credentials are missing, wrong or expired. Always ends the run."""


class KeyRefusedError(ApiError):
    """401 for one of several keys: what it gives access to is left out, and someone has to fix the key."""


class RefusedError(ApiError):
    """403 or 404: this plan, scope or server does not offer the resource."""


class RejectedError(ApiError):
    """Any other 4xx: the API does not understand the request."""


class RedirectedError(RejectedError):
    """A redirect to another host that was not followed.

    Args:
        message: As for every error.
        target: Where it leads. A stream that may follow it does so with a separate client, without credentials.
    """

    def __init__(self, message: str, *, target: str) -> None:
        super().__init__(message)
        self.target = target


class PauseError(ApiError):
    """The API asks for a longer wait than is allowed: retrying is of no use now, only in a later run."""

    may_pass = True


class TransientError(ApiError):
    """A transient failure: no connection, a timeout, a broken body, 429 or 5xx.

    Args:
        message: As for every error.
        status: As for every error.
        paused: The response said how long to wait, and the budget now holds every request that long.
        unreachable: There was no connection: no such host, or nothing listens there.
        timed_out: The response was not complete in time: a smaller request may succeed.
    """

    may_pass = True

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        paused: bool = False,
        unreachable: bool = False,
        timed_out: bool = False,
    ) -> None:
        super().__init__(message, status=status)
        self.paused = paused
        self.unreachable = unreachable
        self.timed_out = timed_out


class MalformedError(ApiError):
    """A JSON response of unexpected shape, from which no rows can be made."""


class EndlessError(ApiError):
    """A list whose pages never end and bring nothing new."""


class PartialFailureError(ApiError):
    """Some streams or parts of them failed; everything else was read and written."""


class StoppedError(ApiError):
    """The run was ended by a signal.

    Args:
        signal: Its number; the exit code is the one a shell reports for it.
    """

    def __init__(self, signal: int = SIGTERM) -> None:
        super().__init__("Stopped by a signal; the next run goes on from the last state that the target has passed on.")
        self.exit_code = 128 + signal


FATAL = (SettingsError, StoppedError, UnauthorizedError)
"""Errors that end the whole run; any other costs only the stream, parent or part that it occurred in."""
