"""The history of a page: incidents, maintenances, their updates, and templates."""

from __future__ import annotations

from datetime import datetime, timedelta

from sandbox.instatus import bodies, history
from sandbox.instatus.sower import Sower
from sandbox.instatus.times import UTC
from sandbox.texts import MESSAGES, PLACES, SERVICES, TROUBLES

FAR_FUTURE = datetime(2098, 3, 1, 9, tzinfo=UTC)
_BUSY_INCIDENT_UPDATES = 120


class HistorySower(Sower):
    """Sows the history of a page."""

    def sow(self) -> None:
        """Sow all of it."""
        self._incidents()
        self._maintenances()
        self._templates()

    def _affected(self, kind: history.Kind, owner_id: str) -> list[str]:
        wanted = min(self._planter.some(self._size.components_per_incident), len(self._components))
        chosen = self._random.sample(self._components, wanted)
        history.link(self._store, kind, owner_id, chosen)
        return chosen

    def _incidents(self) -> None:
        moments = self._moments(self._size.incidents)
        open_from = len(moments) - len(bodies.INCIDENT_STATUSES) + 2
        for number, moment in moments:
            # The newest are open, one of each status; all others are resolved.
            status = bodies.INCIDENT_STATUSES[max(number - open_from, 0)] if number >= open_from else "RESOLVED"
            updates = self._planter.some(self._size.updates_per_incident)
            if number == 2 and self._number == 1 and self._size.updates_per_incident > 0:  # noqa: PLR2004
                updates = _BUSY_INCIDENT_UPDATES
            self._incident(number, moment, status, updates)

    def _incident(self, number: int, moment: datetime, status: str, updates: int) -> None:
        choose = self._random.choice
        started = moment - timedelta(minutes=self._random.randrange(90))
        steps = self._steps(started, updates)
        resolved = (steps[-1] if steps else started) + timedelta(minutes=5) if status == "RESOLVED" else None
        incident_id = self._add(
            "incidents",
            siteId=self._page_id,
            name=f"{choose(SERVICES)} {choose(TROUBLES)} #{number}",
            status=status,
            impact=choose(("OPERATIONAL", "DEGRADEDPERFORMANCE", "PARTIALOUTAGE", "MAJOROUTAGE")),
            started=started,
            resolved=resolved,
            duration=None if resolved is None else history.minutes(started, resolved),
            notify=number % 3 == 0,
            subscribersNotified=number % 6 == 0,
            automated=choose((None, False, True)),
            createdByType=choose(("WORKSPACEMEMBER", "MONITOR")),
            importedFromStatuspage=number % 10 == 0,
            translations=self._planter.translations("name"),
            **self._planter.times(moment),
        )
        self._affected(history.INCIDENT, incident_id)
        statuses = [choose(bodies.INCIDENT_STATUSES[:3]) for _ in steps[:-1]] + ([status] if steps else [])
        self._updates(history.INCIDENT, incident_id, steps, statuses)

    def _steps(self, begin: datetime, count: int) -> list[datetime]:
        """Ascending times of updates, occasionally two equal ones."""
        moments, moment = [], begin
        for _ in range(count):
            moments.append(moment)
            if self._planter.chance(0.8):
                moment += timedelta(seconds=self._random.randrange(30, 9000))
        return moments

    def _updates(self, kind: history.Kind, owner_id: str, steps: list[datetime], statuses: list[str]) -> None:
        for place, (started, status) in enumerate(zip(steps, statuses, strict=True)):
            ended = steps[place + 1] if place + 1 < len(steps) else None
            message = self._random.choice(MESSAGES)
            self._add(
                f"{kind.name}_updates",
                **{kind.key: owner_id},
                message=message,
                messageHtml=history.html_of(message),
                status=status,
                notify=place % 2 == 0,
                started=started,
                ended=ended,
                duration=None if ended is None else history.minutes(started, ended),
                translations=self._planter.translations("message"),
                createdAt=started,
                updatedAt=started + timedelta(seconds=self._random.randrange(2) * 60),
            )

    def _maintenances(self) -> None:
        moments = self._moments(self._size.maintenances)
        for number, moment in moments:
            status = ("COMPLETED", "INPROGRESS", "NOTSTARTEDYET", "COMPLETED")[number % 4]
            self._maintenance(number, moment, status)

    def _maintenance(self, number: int, moment: datetime, status: str) -> None:
        start = FAR_FUTURE + timedelta(days=number) if status == "NOTSTARTEDYET" else moment + timedelta(days=2)
        end = start + timedelta(minutes=30 * self._random.randrange(1, 12))
        maintenance_id = self._add(
            "maintenances",
            siteId=self._page_id,
            name=f"{self._random.choice(PLACES)} maintenance {number}",
            status=status,
            impact=self._random.choice(("UNDERMAINTENANCE", "UNDERMAINTENANCE", "PARTIALOUTAGE")),
            start=start,
            end=end,
            resolved=end if status == "COMPLETED" else None,
            duration=None if number % 9 == 0 else history.minutes(start, end),
            notify=number % 2 == 0,
            notifyEarly=number % 3 == 0,
            notifyMinutes=60 if number % 3 == 0 else None,
            autoEnd=number % 5 != 0,
            translations=self._planter.translations("name"),
            **self._planter.times(moment),
        )
        self._affected(history.MAINTENANCE, maintenance_id)
        steps = self._steps(moment, self._planter.some(self._size.updates_per_maintenance))
        statuses = ["NOTSTARTEDYET"] * (len(steps) - 1) + ([status] if steps else [])
        self._updates(history.MAINTENANCE, maintenance_id, steps, statuses)

    def _templates(self) -> None:
        for number, moment in self._moments(self._size.templates):
            for_maintenance = number % 3 == 0
            message = self._random.choice(MESSAGES)
            template_id = self._add(
                "templates",
                siteId=self._page_id,
                type="MAINTENANCE" if for_maintenance else "INCIDENT",
                label=f"Template {number}",
                name=f"{self._random.choice(TROUBLES).capitalize()} {number}",
                message=message,
                messageHtml=history.html_of(message),
                status="NOTSTARTEDYET" if for_maintenance else self._random.choice(bodies.INCIDENT_STATUSES),
                notify=number % 2 == 0,
                origin=self._random.choice(("MANUAL", "INTEGRATION", "MONITOR")),
                createdAt=moment,
                deletedAt=moment + timedelta(days=3) if number % 5 == 0 else None,
                translations=self._planter.translations("name", "message"),
            )
            for component_id in self._random.sample(self._components, min(number % 4, len(self._components))):
                self._add(
                    "template_components",
                    templateId=template_id,
                    componentId=component_id,
                    status=self._random.choice(bodies.COMPONENT_STATUSES),
                )
