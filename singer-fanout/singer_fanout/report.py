"""The summary of a run as a file for programs: schedulers that may retry, dashboards that show what is missing."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from singer_fanout.errors import ApiError, PartialFailureError, SettingsError, StoppedError
from singer_fanout.times import utc_text

if TYPE_CHECKING:
    from collections.abc import Iterator

COMPLETE, PARTIAL, FAILED, STOPPED = "complete", "partial_failure", "failed", "stopped"


@dataclass(frozen=True)
class RunOutcome:
    """How a run ended.

    Attributes:
        outcome: `complete`, `partial_failure`, `failed` or `stopped` (by a signal).
        exit_code: That of the process.
        error: One line about the error that ended it; None if there was none.
        retryable: Whether running again may bring more without intervention.
    """

    outcome: str
    exit_code: int = 0
    error: str | None = None
    retryable: bool = False

    @classmethod
    def of(cls, error: BaseException, text: str, *, may_pass: bool) -> RunOutcome:
        """The outcome of a run that ended with an error.

        Args:
            error: What was raised.
            text: Its message.
            may_pass: Whether some earlier failure was transient.
        """
        if isinstance(error, StoppedError):
            return cls(STOPPED, error.exit_code, text, retryable=True)
        outcome = PARTIAL if isinstance(error, PartialFailureError) else FAILED
        passing = error.may_pass if isinstance(error, ApiError) else isinstance(error, BrokenPipeError)
        return cls(outcome, getattr(error, "exit_code", ApiError.exit_code), text, retryable=passing or may_pass)


class RunReport:
    """The file that `summary_file` names.

    Args:
        path: The file; None for none.
        plugin: Name and version of the tap.
    """

    def __init__(self, path: str | None, plugin: tuple[str, str]) -> None:
        self._path = Path(path) if path else None
        self._plugin = plugin
        self._began_at = utc_text(datetime.now(timezone.utc))
        self.is_written = False

    def write(self, outcome: RunOutcome, facts: dict[str, Any]) -> None:
        """Write it, once per run.

        Args:
            outcome: How the run ended.
            facts: What `RunSummary.for_programs` returns, and more.

        Raises:
            ApiError: The file cannot be written.
        """
        if self._path is None or self.is_written:
            return
        self.is_written = True
        tap, version = self._plugin
        content = {
            "tap": tap,
            "version": version,
            "began_at": self._began_at,
            "ended_at": utc_text(datetime.now(timezone.utc)),
            **asdict(outcome),
            **facts,
        }
        part = self._path.with_name(f"{self._path.name}.part")
        try:
            part.write_bytes(msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n")
            part.replace(self._path)
        except OSError as error:
            raise ApiError(f"The file that the setting summary_file names cannot be written: {error}") from None


@contextmanager
def reported_start(path: str | None, plugin: tuple[str, str]) -> Iterator[None]:
    """Report a run that fails before there is a tap to do so, because of its settings, state or catalog.

    The previous run's report is deleted first, so that it is not mistaken for this run's.

    Args:
        path: The file that `summary_file` names; None for none.
        plugin: Name and version of the tap.

    Raises:
        SettingsError: The file cannot be written.
    """
    if path is None:
        yield
        return
    try:
        Path(path).unlink(missing_ok=True)
        Path(path).touch()
        Path(path).unlink()
    except OSError as error:
        raise SettingsError(f"summary_file: no file can be written there: {error}") from None
    try:
        yield
    except Exception as error:
        if not Path(path).exists():
            RunReport(path, plugin).write(RunOutcome.of(error, str(error), may_pass=False), {"streams": {}})
        raise
