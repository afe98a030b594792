"""Seeded data: plausible, and with everything that breaks careless readers."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sandbox.sigryl.times import UTC
from sandbox.sigryl.writes import COMPONENT_STATUSES, SEVERITIES
from sandbox.texts import MESSAGES, PLACES, SERVICES, TROUBLES

if TYPE_CHECKING:
    from sandbox.sigryl.store import SigrylStore

ANCHOR = datetime(2026, 7, 1, 12, tzinfo=UTC)
"""All seeded times are in the two years before it."""
_SPAN = timedelta(days=730)
_OPEN_INCIDENTS = 3
_BUSY_INCIDENT_UPDATES = 40
_ON_THE_WAY = ("identified", "update", "monitoring", "investigating")


@dataclass(frozen=True)
class SigrylSeed:
    """How much data a Sigryl server is seeded with; 0 is allowed everywhere.

    Attributes:
        pages: Pages, each with its own key.
        components: Components of each page.
        incidents: Incidents of each page; the newest three are open.
        updates_per_incident: Updates an incident on average; of each page, one incident has none and one has many.
    """

    pages: int = 2
    components: int = 8
    incidents: int = 40
    updates_per_incident: float = 2.5


def sow(store: SigrylStore, size: SigrylSeed, seed: int) -> list[str]:
    """Fill an empty store; returns the secrets that were planted."""
    chance = random.Random(seed)  # noqa: S311 - reproducible on purpose
    keys = []
    with store.lock:
        for number in range(1, size.pages + 1):
            key = f"sk_live_{seed}_CANARY_{number}_{chance.getrandbits(64):016x}"
            page = store.insert(
                "pages",
                slug=f"status-{number}",
                # Two pages of the same name are two pages.
                name=f"{SERVICES[(number - 1) // 2 % len(SERVICES)]} status",
                description=None if number % 2 == 0 else MESSAGES[(number - 1) % len(MESSAGES)],
                apiKey=key,
            )
            _Page(store, size, chance, page["id"]).sow()
            keys.append(key)
    return keys


class _Page:
    """What one page has."""

    def __init__(self, store: SigrylStore, size: SigrylSeed, chance: random.Random, page_id: str) -> None:
        self._store = store
        self._size = size
        self._chance = chance
        self._page_id = page_id

    def sow(self) -> None:
        components = [self._component(number) for number in range(1, self._size.components + 1)]
        count = self._size.incidents
        for number in range(1, count + 1):
            self._incident(number, components, is_open=number > count - _OPEN_INCIDENTS)

    def _component(self, number: int) -> str:
        row = self._store.insert(
            "components",
            pageId=self._page_id,
            name=f"{SERVICES[number % len(SERVICES)]}, {PLACES[number % len(PLACES)]}",
            description=None if number % 3 == 0 else self._chance.choice(MESSAGES),
            status=COMPONENT_STATUSES[number % len(COMPONENT_STATUSES)],
            # Some share their place.
            displayOrder=number // 2,
        )
        return str(row["id"])

    def _incident(self, number: int, components: list[str], *, is_open: bool) -> None:
        # Every second incident starts in the same millisecond as the one before it.
        step = _SPAN / max(self._size.incidents, 1)
        created = ANCHOR - _SPAN + (number - number % 2) * step
        created = created.replace(microsecond=created.microsecond // 1000 * 1000)
        statuses = self._statuses(number, is_open=is_open)
        incident = self._store.insert(
            "incidents",
            pageId=self._page_id,
            title=f"{SERVICES[number % len(SERVICES)]} {TROUBLES[number % len(TROUBLES)]}",
            status=self._status_of(statuses, is_open=is_open),
            severity=SEVERITIES[number % len(SEVERITIES)],
            affectedComponentIds=self._chance.sample(components, min(number % 3, len(components))),
            createdAt=created,
        )
        for place, status in enumerate(statuses):
            self._store.insert(
                "updates",
                incidentId=incident["id"],
                status=status,
                message=self._chance.choice(MESSAGES),
                # Pairs of simultaneous updates, distinguished only by position.
                createdAt=created + timedelta(milliseconds=place // 2 * 61_007),
            )

    def _statuses(self, number: int, *, is_open: bool) -> list[str]:
        """The statuses of an incident's updates, oldest first."""
        if number == 1:
            return []
        count = _BUSY_INCIDENT_UPDATES if number == 2 else self._around(self._size.updates_per_incident)  # noqa: PLR2004
        way = ["investigating", *(_ON_THE_WAY[place % len(_ON_THE_WAY)] for place in range(count - 1))][:count]
        return way if is_open else [*way[:-1], "resolved"][:count]

    def _around(self, mean: float) -> int:
        whole = int(mean)
        spread = self._chance.choice((-1, 0, 0, 1)) if whole else 0
        return max(whole + spread + (self._chance.random() < mean - whole), 0)

    @staticmethod
    def _status_of(statuses: list[str], *, is_open: bool) -> str:
        if not is_open:
            return "resolved"
        return next((status for status in reversed(statuses) if status != "update"), "investigating")
