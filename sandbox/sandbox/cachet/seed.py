"""Seeded data: plausible, and with everything that breaks careless readers."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.cachet.labels import FIXED
from sandbox.cachet.times import UTC
from sandbox.cachet.viewers import AUTHENTICATED, GUEST, HIDDEN
from sandbox.texts import MESSAGES, METADATA, PLACES, SERVICES, TAGS, TROUBLES

if TYPE_CHECKING:
    from sandbox.cachet.store import CachetStore

ANCHOR = datetime(2026, 7, 1, 12, tzinfo=UTC)
"""All seeded times are in the three years before it, except those that must stay in the future."""
FAR_FUTURE = datetime(2098, 3, 1, 9, tzinfo=UTC)
TWICE_TOLD = datetime(2025, 10, 26, 0, 30, tzinfo=UTC)
"""This time and the one an hour later have the same local time in most of Europe."""
_BUSY_INCIDENT_UPDATES = 120


@dataclass(frozen=True)
class CachetSeed:
    """How much data a Cachet server is seeded with; 0 is allowed everywhere.

    Attributes:
        users: Authors of incidents.
        groups: Component groups, some for users only, some hidden.
        components: Components, some disabled, deleted or without a group.
        incidents: Incidents, some deleted, hidden, for users only or published in the future.
        updates_per_incident: Updates an incident on average; one incident has many more.
        components_per_incident: Components that an incident links on average.
        metrics: Metrics.
        points: Points of all metrics together.
        templates: Incident templates.
        schedules: Schedules: past, running and upcoming.
        updates_per_schedule: Updates a schedule on average.
        subscribers: Subscribers.
    """

    users: int = 3
    groups: int = 10
    components: int = 60
    incidents: int = 240
    updates_per_incident: float = 2.4
    components_per_incident: float = 2.5
    metrics: int = 8
    points: int = 1500
    templates: int = 12
    schedules: int = 30
    updates_per_schedule: float = 2.7
    subscribers: int = 130


def sow(store: CachetStore, size: CachetSeed, seed: int) -> list[str]:
    """Fill an empty store; returns the secrets that were planted."""
    with store.lock:
        return _Sower(store, size, seed).sow()


class _Sower:
    def __init__(self, store: CachetStore, size: CachetSeed, seed: int) -> None:
        self._tables = store.tables
        self._size = size
        self._random = random.Random(seed)  # noqa: S311 - reproducible on purpose
        self._canaries: list[str] = []

    def sow(self) -> list[str]:
        for number in range(1, self._size.users + 1):
            self._add("users", name=f"User {number}", email=f"user{number}@example.com", **self._times())
        self._groups()
        self._components()
        self._incidents()
        self._templates()
        self._metrics()
        self._schedules()
        self._subscribers()
        return self._canaries

    def _add(self, table: str, **values: Any) -> int:
        row_id: int = self._tables[table].insert(values)["id"]
        return row_id

    def _chance(self, probability: float) -> bool:
        return self._random.random() < probability

    def _past(self) -> datetime:
        return ANCHOR - timedelta(minutes=self._random.randrange(3 * 365 * 24 * 60))

    def _times(self) -> dict[str, Any]:
        created_at = self._past()
        age = int((ANCHOR - created_at).total_seconds())
        updated_at = created_at + timedelta(seconds=self._random.randrange(age + 1) // 2)
        return {"created_at": created_at, "updated_at": updated_at}

    def _visible(self) -> int:
        return self._random.choices((GUEST, AUTHENTICATED, HIDDEN), (14, 4, 2))[0]

    def _meta(self) -> dict[str, Any]:
        return dict(self._random.choice(METADATA)) if self._chance(0.5) else {}

    def _deleted(self, share: float) -> datetime | None:
        return ANCHOR - timedelta(hours=self._random.randrange(1, 500)) if self._chance(share) else None

    def _some(self, average: float) -> int:
        """A number of children: often none, rarely many."""
        return min(int(self._random.expovariate(1 / average)), int(average * 8)) if average > 0 else 0

    def _groups(self) -> None:
        choose = self._random.choice
        for number in range(1, self._size.groups + 1):
            # The first is public, the second for users, the third hidden: even small data has all three.
            visible = (GUEST, AUTHENTICATED, HIDDEN)[number - 1] if number <= 3 else self._visible()  # noqa: PLR2004
            self._add(
                "component_groups",
                name=f"{choose(PLACES)} / group {number}",
                order=self._random.randrange(5),
                order_column=choose((None, "manual", "name", "status", "last_updated", "id")),
                order_direction=choose((None, "asc", "desc")),
                collapsed=choose((0, 0, 1, 2)),
                visible=visible,
                meta=self._meta(),
                **self._times(),
            )

    def _components(self) -> None:
        choose = self._random.choice
        groups = [row["id"] for row in self._tables["component_groups"]]
        for number in range(1, self._size.components + 1):
            tags = self._random.sample(sorted(TAGS.items()), self._random.randrange(3))
            self._add(
                "components",
                name=f"{choose(SERVICES)} {choose(PLACES)} {number}",
                description=choose((None, "", *MESSAGES)),
                link=choose((None, None, "", f"https://example.com/components/{number}?a=1&b=ü")),
                order=choose((None, 0, 0, 1, number)),
                status=self._random.choices(range(1, 7), (10, 2, 2, 1, 1, 1))[0],
                enabled=number % 9 != 0,
                component_group_id=choose(groups) if groups and number % 6 else None,
                meta=self._meta(),
                meta_column=choose((None, {}, [], "text", 5, {"old": True})),
                tags=dict(tags),
                deleted_at=self._deleted(0.05),
                **self._times(),
            )

    def _incidents(self) -> None:
        components = [row["id"] for row in self._tables["components"]]
        busy = 2 if self._size.incidents > 1 else None
        for number in range(1, self._size.incidents + 1):
            incident_id, created_at = self._incident(number)
            wanted = min(self._some(self._size.components_per_incident), len(components))
            for component_id in self._random.sample(components, wanted):
                self._add(
                    "incident_components",
                    incident_id=incident_id,
                    component_id=component_id,
                    component_status=self._random.choice((None, 1, 2, 3, 4, 5, 6)),
                )
            updates = self._some(self._size.updates_per_incident)
            if number == busy and self._size.updates_per_incident > 0:
                updates = _BUSY_INCIDENT_UPDATES
            self._updates("incident", incident_id, created_at, updates)

    def _incident(self, number: int) -> tuple[int, datetime]:
        choose = self._random.choice
        # A few share a time of creation, so that it is not a total order.
        times = self._times()
        if number % 7 == 0:
            times = {"created_at": ANCHOR - timedelta(days=number % 3), "updated_at": ANCHOR}
        created_at = times["created_at"]
        published_at = created_at if number % 25 else FAR_FUTURE + timedelta(hours=number)
        occurred_at = choose((None, created_at, created_at - timedelta(minutes=90)))
        if number % 40 == 0:
            occurred_at = TWICE_TOLD + timedelta(hours=number % 80 // 40)
        incident_id = self._add(
            "incidents",
            guid=str(uuid.UUID(int=self._random.getrandbits(128), version=4)),
            user_id=choose((None, *(row["id"] for row in self._tables["users"]))),
            component_id=None,
            name=f"{choose(SERVICES)} {choose(TROUBLES)} #{number}",
            message=choose(MESSAGES),
            visible=self._visible() if number > 1 else GUEST,
            stickied=self._chance(0.1),
            notifications=self._chance(0.4),
            status=choose((None, 0, 1, 2, 3, FIXED, FIXED, FIXED, FIXED)),
            meta=self._meta(),
            occurred_at=occurred_at,
            published_at=published_at,
            deleted_at=self._deleted(0.04) if number > 1 else None,
            **(times if number % 60 else {"created_at": None, "updated_at": None}),
        )
        return incident_id, created_at

    def _updates(self, owner: str, owner_id: int, since: datetime, count: int) -> None:
        users = [row["id"] for row in self._tables["users"]]
        moment = since
        for _ in range(count):
            if self._chance(0.6):
                moment += timedelta(minutes=self._random.randrange(1, 240))
            self._add(
                "updates",
                updateable_type=owner,
                updateable_id=owner_id,
                user_id=self._random.choice((None, *users)),
                status=self._random.choice((0, 1, 2, 3, FIXED)) if owner == "incident" else None,
                message=self._random.choice(MESSAGES),
                created_at=moment,
                updated_at=moment,
            )

    def _templates(self) -> None:
        for number in range(1, self._size.templates + 1):
            self._add(
                "incident_templates",
                name=f"{self._random.choice(TROUBLES).capitalize()} {number}",
                slug=f"template-{number}",
                template=self._random.choice(MESSAGES),
                engine=self._random.choice(("twig", "blade")),
                **self._times(),
            )

    def _metrics(self) -> None:
        choose = self._random.choice
        for number in range(1, self._size.metrics + 1):
            visible = (GUEST, AUTHENTICATED, HIDDEN)[number - 1] if number <= 3 else self._visible()  # noqa: PLR2004
            self._add(
                "metrics",
                name=f"{choose(SERVICES)} latency {number}",
                suffix=choose(("ms", "", "req/s", "%")),
                description=choose((None, "", "The 95th percentile")),
                default_value=choose((None, 0.0, 1.5, 28.0, 0.125)),
                calc_type=choose((0, 1)),
                display_chart=self._chance(0.8),
                places=choose((0, 1, 2)),
                default_view=choose((0, 1, 2, 3)),
                threshold=choose((0, 5, 5, 15)),
                order=self._random.randrange(5),
                visible=visible,
                **self._times(),
            )
        self._points()

    def _points(self) -> None:
        # The last metric has no point, the first has about half of them.
        metrics = [row["id"] for row in self._tables["metrics"]]
        with_points = metrics[:-1] if len(metrics) > 1 else metrics
        if not with_points:
            return
        start = ANCHOR - timedelta(minutes=5 * self._size.points)
        for number in range(self._size.points):
            created_at = start + timedelta(minutes=5 * number)
            if self._chance(0.05):
                created_at -= timedelta(days=self._random.randrange(1, 30))
            self._add(
                "metric_points",
                metric_id=with_points[0] if self._chance(0.5) else self._random.choice(with_points),
                value=self._random.choice((0.0, 0.125, 17.01, 250.0, float(number), number + 0.5)),
                counter=self._random.choice((1, 1, 1, 2, 3)),
                created_at=created_at,
                updated_at=created_at + timedelta(seconds=self._random.randrange(300)),
            )

    def _schedules(self) -> None:
        components = [row["id"] for row in self._tables["components"]]
        for number in range(1, self._size.schedules + 1):
            times = self._times()
            scheduled_at: datetime = times["created_at"] + timedelta(days=self._random.randrange(1, 20))
            completed_at = scheduled_at + timedelta(hours=self._random.randrange(1, 9))
            state = ("done", "running", "upcoming", "done")[number % 4]
            schedule_id = self._add(
                "schedules",
                name=f"{self._random.choice(PLACES)} maintenance {number}",
                message=self._random.choice((None, "", *MESSAGES)),
                meta=self._meta(),
                scheduled_at=FAR_FUTURE + timedelta(days=number) if state == "upcoming" else scheduled_at,
                completed_at=completed_at if state == "done" else None,
                published_at=times["created_at"] if number % 11 else FAR_FUTURE,
                deleted_at=self._deleted(0.06) if number > 1 else None,
                **times,
            )
            for component_id in self._random.sample(components, min(self._some(2), len(components))):
                self._add(
                    "schedule_components",
                    schedule_id=schedule_id,
                    component_id=component_id,
                    component_status=self._random.choice((1, 2, 3, 4, 6, 6, 6)),
                    **self._times(),
                )
            count = self._some(self._size.updates_per_schedule)
            self._updates("schedule", schedule_id, times["created_at"], count)

    def _subscribers(self) -> None:
        components = [row["id"] for row in self._tables["components"]]
        for number in range(1, self._size.subscribers + 1):
            is_global = self._chance(0.6)
            code = f"verifyCANARY{self._random.getrandbits(96):024x}"
            hook = f"https://hooks.example.com/services/CANARY{self._random.getrandbits(64):016x}"
            self._canaries += [code, hook]
            times = self._times()
            subscriber_id = self._add(
                "subscribers",
                email=f"reader+{number}@example.com" if number % 13 else None,
                phone_number=None if number % 5 else f"+4930{number:07d}",
                slack_webhook_url=hook if number % 4 == 0 else None,
                verify_code=code,
                verified_at=times["created_at"] if self._chance(0.7) else None,
                meta=self._meta(),
                **{"global": is_global, **times},
            )
            wanted = 0 if is_global else min(self._random.randrange(1, 5), len(components))
            for component_id in self._random.sample(components, wanted):
                self._add("subscriptions", subscriber_id=subscriber_id, component_id=component_id, **self._times())
