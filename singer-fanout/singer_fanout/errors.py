"""What can go wrong between a tap and its API, each error one line that says what, where and what to do."""

from __future__ import annotations

from signal import SIGTERM


class ApiError(Exception):
    """An answer that the tap cannot use, or none at all.

    Args:
        message: One line for the user: what happened, to which request, and the next step.
        status: The HTTP status of the answer; None where there was no answer.
    """

    exit_code = 1
    may_pass = False
    """Whether the same request may succeed later, without anybody fixing anything."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class SettingsError(ApiError):
    """A setting, catalog or state that cannot be right."""


class UnauthorizedError(ApiError):
    """401: the credentials are missing, wrong or expired. Always ends the run."""


class KeyRefusedError(ApiError):
    """401 for one of several keys: what it opens is left out, and somebody has to see to it."""


class RefusedError(ApiError):
    """403 or 404: this plan, scope or server does not offer what was asked for."""


class RejectedError(ApiError):
    """Any other 4xx: the API does not understand the request."""


class RedirectedError(RejectedError):
    """A redirect to another host, which was not followed.

    Args:
        message: As for every error.
        target: Where it leads. A stream that may go there does so by a client of its own, without credentials.
    """

    def __init__(self, message: str, *, target: str) -> None:
        super().__init__(message)
        self.target = target


class PauseError(ApiError):
    """The API asks to wait longer than anybody wants to: no use in asking again now, but in a later run."""

    may_pass = True


class TransientError(ApiError):
    """A failure that may pass: no connection, a timeout, a broken body, 429 or 5xx.

    Args:
        message: As for every error.
        status: As for every error.
        paused: The answer said how long to wait, and the budget now holds every request that long.
        unreachable: There was no connection: no such host, or nobody listens there.
        timed_out: The answer was not there in time: asked for less, the server may be quicker.
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
    """An answer in JSON whose parts are not what they should be: no rows can be made of it."""


class EndlessError(ApiError):
    """A list whose pages bring nothing new and never end."""


class PartialFailureError(ApiError):
    """Some streams or parts of them failed; everything else was read and written."""


class StoppedError(ApiError):
    """The run was told to end by a signal.

    Args:
        signal: Its number; the exit code is the one that a shell reports for it.
    """

    def __init__(self, signal: int = SIGTERM) -> None:
        super().__init__("Stopped by a signal; the next run goes on from the last state that the target has passed on.")
        self.exit_code = 128 + signal


FATAL = (SettingsError, StoppedError, UnauthorizedError)
"""What concerns the whole run; any other error costs the stream, the parent or the part that met it."""
