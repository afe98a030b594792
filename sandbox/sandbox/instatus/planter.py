"""Random choices, times and secrets for all seeded rows."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from sandbox.instatus.times import UTC
from sandbox.texts import SERVICES

ANCHOR = datetime(2026, 7, 1, 12, tzinfo=UTC)
"""All seeded times are in the two years before it, except maintenances that must stay in the future."""
SPAN = timedelta(days=730)
_REPEATED = 7
_LANGUAGES = ("de", "fr", "ja")


class Planter:
    """Draws from a seeded generator.

    Args:
        seed: The seed: the same seed gives the same draws.

    Attributes:
        random: The seeded generator.
        canaries: The secrets so far.
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - reproducible on purpose
        self.canaries: list[str] = []

    def secret(self, kind: str, form: str = "{}") -> str:
        """A new secret in a format such as a URL."""
        return self.planted(form.format(f"{kind}CANARY{self.random.getrandbits(64):016x}"))

    def planted(self, text: str) -> str:
        """Register a given text as a secret."""
        self.canaries.append(text)
        return text

    def chance(self, probability: float) -> bool:
        """Whether an event of this probability occurs."""
        return self.random.random() < probability

    def some(self, average: float) -> int:
        """A number of children: often none, rarely many."""
        return min(int(self.random.expovariate(1 / average)), int(average * 8)) if average > 0 else 0

    def moments(self, count: int) -> list[datetime]:
        """Ascending times, with some duplicates."""
        span = int(SPAN.total_seconds() * 1000)
        found = sorted(ANCHOR - timedelta(milliseconds=self.random.randrange(span)) for _ in range(count))
        for place in range(_REPEATED, count, _REPEATED):
            found[place] = found[place - 1]
        return found

    def times(self, created_at: datetime) -> dict[str, datetime]:
        """A time of creation and one of the last change, sometimes equal."""
        age = int((ANCHOR - created_at).total_seconds() * 1000)
        changed = timedelta(milliseconds=self.random.randrange(age + 1) // 2 if self.chance(0.7) else 0)
        return {"createdAt": created_at, "updatedAt": created_at + changed}

    def translations(self, *names: str) -> dict[str, dict[str, str]]:
        """Translations of some fields, usually none."""
        if not self.chance(0.3):
            return {}
        return {
            name: {language: f"{language}: {self.random.choice(SERVICES)}" for language in _LANGUAGES} for name in names
        }
