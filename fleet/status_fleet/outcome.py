"""How a run has ended, and whether it may be tried again."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class Verdict(str, Enum):
    """What follows from how a run has ended."""

    DONE = "done"
    WAIT = "wait"
    """Another run of the account is alive: try later, at no cost."""
    AGAIN = "again"
    """What failed may pass."""
    MEND = "mend"
    """Somebody has to mend it first."""


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
    """What a run has taken.

    Attributes:
        seconds: From its start to its end.
        cpu_seconds: Of Meltano, the tap, the loader and all their children.
        peak_megabytes: The most memory that they held together, looked at once a second.
    """

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_megabytes: float = 0.0


@dataclass(frozen=True)
class RunResult:
    """A run that is over.

    Attributes:
        ending: What ended it.
        exit_code: That of Meltano; None where it never ran.
        summary: What the tap told at its end, without secrets; None where it told nothing.
        usage: What it has taken.
    """

    ending: Ending
    exit_code: int | None = None
    summary: dict[str, Any] | None = None
    usage: Usage = field(default_factory=Usage)

    @property
    def verdict(self) -> Verdict:
        """What follows."""
        if self.ending is Ending.BUSY:
            return Verdict.WAIT
        if self.ending is not Ending.ENDED:
            return Verdict.AGAIN
        if self.exit_code == 0:
            return Verdict.DONE
        # A tap that was content is not what failed; without a word of it nobody knows, and the next run may tell.
        told = self.summary or {}
        must_be_mended = told.get("exit_code", 0) != 0 and not told.get("retryable", True)
        return Verdict.MEND if must_be_mended else Verdict.AGAIN

    @property
    def line(self) -> str:
        """What has happened, in one line."""
        if self.ending in _LINES:
            return _LINES[self.ending].format(self.usage.seconds)
        if self.summary and self.summary.get("error"):
            return " ".join(str(self.summary["error"]).split())
        if self.exit_code:
            return f"Meltano ended with exit code {self.exit_code}; the tap told no failure: see the lines above"
        return f"{self.summary.get('rows', 0):,} rows" if self.summary else "done"

    def as_json(self) -> str:
        """The result as text."""
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
        """The result that was told as text."""
        told = json.loads(text)
        return cls(Ending(told["ending"]), told["exit_code"], told["summary"], Usage(**told["usage"]))


def read_summary(file: Path, secrets: Iterable[str]) -> dict[str, Any] | None:
    """What a tap has told, without secrets; None where it has told nothing.

    Args:
        file: The file.
        secrets: What must not be in it.
    """
    try:
        told = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return None
    without: dict[str, Any] = redacted(told, [secret for secret in secrets if secret])
    return without


def redacted(value: Any, secrets: list[str]) -> Any:
    """A JSON value without secrets.

    Args:
        value: The value.
        secrets: What must not be in it.
    """
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, "***")
        return value
    if isinstance(value, dict):
        return {redacted(name, secrets): redacted(inner, secrets) for name, inner in value.items()}
    return [redacted(inner, secrets) for inner in value] if isinstance(value, list) else value
