"""How a run ended, and whether it may be retried."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class Verdict(str, Enum):
    """What to do after a run."""

    DONE = "done"
    WAIT = "wait"
    """Another run of the account is alive: try later, without using up a retry."""
    AGAIN = "again"
    """The failure may be temporary: retry."""
    MEND = "mend"
    """A retry is pointless until somebody fixes the cause."""


class Ending(str, Enum):
    """What ended the processes of a run."""

    BUSY = "busy"
    ENDED = "ended"
    TIME_LIMIT = "time_limit"
    ABANDONED = "abandoned"
    LOCK_LOST = "lock_lost"


_LINES = {
    Ending.BUSY: "another run of this account is alive; this one waits for its end",
    Ending.TIME_LIMIT: "stopped after {:.0f} s, the account's time_limit",
    Ending.ABANDONED: "stopped, because the task that started it is gone",
    Ending.LOCK_LOST: (
        "the fleet's database cannot be reached, and without it nothing keeps accounts from being loaded twice"
    ),
}


@dataclass(frozen=True)
class Usage:
    """Resources used by a run.

    Attributes:
        seconds: From its start to its end.
        cpu_seconds: CPU time of Meltano, the tap, the loader and all their children.
        peak_megabytes: Peak of their total memory, sampled once a second.
    """

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_megabytes: float = 0.0


@dataclass(frozen=True)
class RunResult:
    """The result of a run.

    Attributes:
        ending: What ended it.
        exit_code: Meltano's exit code; None if it never ran.
        summary: The tap's summary, without secrets; None if there is none.
        usage: The resources it used.
    """

    ending: Ending
    exit_code: int | None = None
    summary: dict[str, Any] | None = None
    usage: Usage = field(default_factory=Usage)

    @property
    def verdict(self) -> Verdict:
        """What to do next."""
        if self.ending is Ending.BUSY:
            return Verdict.WAIT
        if self.ending is not Ending.ENDED:
            return Verdict.AGAIN
        if self.exit_code == 0:
            return Verdict.DONE
        # If the tap succeeded, something else failed; without a summary the cause is unknown, and a retry may succeed.
        told = self.summary or {}
        must_be_mended = told.get("exit_code", 0) != 0 and not told.get("retryable", True)
        return Verdict.MEND if must_be_mended else Verdict.AGAIN

    @property
    def line(self) -> str:
        """The result in one line."""
        if self.ending in _LINES:
            return _LINES[self.ending].format(self.usage.seconds)
        if self.summary and self.summary.get("error"):
            return " ".join(str(self.summary["error"]).split())
        if self.exit_code:
            return f"Meltano ended with exit code {self.exit_code}; the tap told no failure: see the lines above"
        return f"{self.summary.get('rows', 0):,} rows" if self.summary else "done"

    def as_json(self) -> str:
        """Serialize the result."""
        return json.dumps(
            {
                "ending": self.ending.value,
                "exit_code": self.exit_code,
                "summary": self.summary,
                "usage": vars(self.usage),
            }
        )

    @classmethod
    def from_json(cls, text: str) -> RunResult:
        """Parse a result serialized by `as_json`."""
        told = json.loads(text)
        return cls(Ending(told["ending"]), told["exit_code"], told["summary"], Usage(**told["usage"]))


def read_summary(file: Path, secrets: Iterable[str]) -> dict[str, Any] | None:
    """Read a tap's summary, without secrets; None if it has not written one.

    Args:
        file: The file.
        secrets: Values to redact.
    """
    try:
        told = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return None
    without: dict[str, Any] = redacted(told, [secret for secret in secrets if secret])
    return without


def redacted(value: Any, secrets: list[str]) -> Any:
    """Redact secrets in a JSON value.

    Args:
        value: The value.
        secrets: Values to redact.
    """
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, "***")
        return value
    if isinstance(value, dict):
        return {redacted(name, secrets): redacted(inner, secrets) for name, inner in value.items()}
    return [redacted(inner, secrets) for inner in value] if isinstance(value, list) else value
