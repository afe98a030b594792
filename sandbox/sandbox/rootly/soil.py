"""The inputs of generated rows: a seeded generator, all ids, and a row's own number and times."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from sandbox.rootly.times import in_milliseconds

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping, Sequence

    from sandbox.tables import Id

ANCHOR = datetime(2026, 7, 1, 12, tzinfo=timezone.utc)
"""The moment at which the seeded data ends."""


@dataclass
class Soil:
    """The shared inputs of all rows.

    Attributes:
        rng: The seeded generator.
        ids: The ids of all rows to be generated, by table.
        days: How far the data goes back.
        canaries: The secrets planted so far.
    """

    rng: random.Random
    ids: Mapping[str, Sequence[Id]]
    days: float
    canaries: list[str] = field(default_factory=list)

    def pick(self, table: str) -> Any:
        """The id of any row of a table, or None."""
        ids = self.ids.get(table)
        return self.rng.choice(ids) if ids else None

    def near(self, table: str, share: float) -> Any:
        """The id of a row at about this relative position in its table, and so of similar age; or None."""
        ids = self.ids.get(table)
        if not ids:
            return None
        place = round(share * len(ids) + self.rng.uniform(-2, 2))
        return ids[min(max(place, 0), len(ids) - 1)]

    def some(self, table: str, most: int = 3, least: int = 0) -> list[Any]:
        """The ids of some rows of a table, without duplicates."""
        ids = self.ids.get(table, ())
        return self.rng.sample(ids, min(self.rng.randint(least, most), len(ids)))

    def canary(self, table: str, name: str) -> str:
        """A new secret."""
        canary = f"CANARY-{table}-{name}-{len(self.canaries)}"
        self.canaries.append(canary)
        return canary


@dataclass
class Sprout:
    """A row being generated.

    Attributes:
        soil: The shared inputs.
        table: Its table.
        number: Its number in the table, from 1.
        share: How much of the table is there with it, from 0 to 1.
        created_at: When it was created.
        updated_at: When it was changed last.
    """

    soil: Soil
    table: str
    number: int
    share: float
    created_at: datetime
    updated_at: datetime

    @property
    def rng(self) -> random.Random:
        """The seeded generator."""
        return self.soil.rng

    def chance(self, probability: float) -> bool:
        """Whether an event of this probability occurs for this row."""
        return self.rng.random() < probability

    def later(self, hours: float = 72) -> datetime:
        """A time after the creation and not after the last change."""
        seconds = min(hours * 3600, (self.updated_at - self.created_at).total_seconds())
        return in_milliseconds(self.created_at + timedelta(seconds=self.rng.random() * seconds))
