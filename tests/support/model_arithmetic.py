"""The marts, worked out in Python by walking through what happened: no SQL, and none of the models' own steps."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tests.support.model_facts import in_order, moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.support.model_facts import Component, Facts, Incident, Maintenance

Row = dict[str, Any]
Span = tuple[datetime, datetime]

DAY = timedelta(days=1)
FORGOTTEN = timedelta(days=30)
RANK = {"degraded": 1, "partial_outage": 2, "major_outage": 3}
BY_SEVERITY = {"critical": "major_outage", "major": "partial_outage", "minor": "degraded", "none": "operational"}
WEIGHTS = {"major_outage": 1.0, "partial_outage": 0.3, "degraded": 0.0}
PAGED = {"called", "texted", "emailed", "notified", "paged"}
OPEN, OVER = {"investigating", "identified", "monitoring"}, {"resolved", "cancelled"}
NIGHT_BEGINS, NIGHT_ENDS, WORK_BEGINS, WORK_ENDS, WORK_DAYS = 22, 6, 9, 17, 5


class Settled:
    """An incident with what follows from its updates.

    Args:
        told: The incident.
        now: The moment that counts as now.
    """

    def __init__(self, told: Incident, now: datetime) -> None:
        self.told = told
        self._now = now
        self.started = told.started
        self.is_open = told.status not in OVER
        self.is_counted = told.kind in {"incident", "backfilled"} and told.status != "cancelled" and not told.duplicate
        resolved, mitigated = self._walked()
        self.resolved = (told.resolved or resolved) if told.status == "resolved" else None
        self.mitigated = told.mitigated
        if mitigated and not told.mitigated and told.status in {"monitoring", "resolved"}:
            self.mitigated = mitigated if self.resolved is None or mitigated <= self.resolved else None
        self.cancelled = told.cancelled if told.status == "cancelled" else None

    def _walked(self) -> tuple[datetime | None, datetime | None]:
        """When it was resolved and mitigated for good, as its updates tell."""
        resolved = mitigated = None
        for update in in_order(self.told.updates):
            if update.status in OPEN:
                resolved = None
            if update.status in {"investigating", "identified"}:
                mitigated = None
            if update.status == "resolved":
                resolved = resolved or update.posted
            if update.status == "monitoring":
                mitigated = mitigated or update.posted
        return self._not_before(resolved), self._not_before(mitigated)

    def _not_before(self, at: datetime | None) -> datetime | None:
        return max(at, self.started) if at and self.started else at

    @property
    def last_activity(self) -> datetime | None:
        """The newest thing known about it."""
        told = self.told
        known = [self.started, told.detected, told.acknowledged, self.mitigated, self.resolved, self.cancelled]
        return max([each for each in known if each] + [update.posted for update in told.updates], default=None)

    @property
    def is_forgotten(self) -> bool:
        """Whether it has been open for too long without a sign of life."""
        last = self.last_activity
        return self.is_open and self.told.kind != "scheduled" and last is not None and last + FORGOTTEN < self._now

    def seconds_to(self, end: datetime | None) -> float | None:
        """From the start to an end."""
        if end is None or self.started is None or end < self.started:
            return None
        return (end - self.started).total_seconds()

    @property
    def down(self) -> Span | None:
        """The time during which it affects its components, if it counts."""
        if not self.is_counted or self.told.hidden or self.started is None or not (self.is_open or self.resolved):
            return None
        end = self.last_activity + FORGOTTEN if self.is_forgotten and self.last_activity else self.resolved
        end = min(end or self._now, self._now)
        return (self.started, end) if self.started < end else None

    def impact(self, component: str) -> tuple[str, bool]:
        """How it affects a component, and whether that comes from the severity."""
        shown = self.told.components[component]
        return (shown, False) if shown in RANK else (BY_SEVERITY.get(self.told.severity, "unknown"), True)

    @property
    def stretches(self) -> list[tuple[str, datetime, datetime | None]]:
        """Statuses with begin and end, the last one open."""
        if self.started is None:
            return []
        changes = self._changes()
        end = self.resolved or self.cancelled
        if end is not None:
            end = max(end, self.started)
            changes = [(at, status) for at, status in changes if at < end]
            while changes and changes[-1][1] in OVER:
                changes.pop()
            changes.append((end, self.told.status))
        at_start = {self.started: "unknown"}
        # Of several of one moment the last one holds.
        states = sorted({**at_start, **dict(changes)}.items())
        kept = [state for number, state in enumerate(states) if not number or states[number - 1][1] != state[1]]
        ends = [at for at, _ in kept[1:]]
        return [(status, at, end) for (at, status), end in zip(kept, [*ends, None], strict=True)]

    def _changes(self) -> list[tuple[datetime, str]]:
        started, told = self.started, self.told
        assert started is not None
        if told.source == "rootly":
            if told.status == "unknown":
                return []
            eased = [(max(self.mitigated, started), "monitoring")] if self.mitigated else []
            return [(started, "investigating"), *eased]
        said = [(max(update.posted, started), update.status) for update in in_order(told.updates) if update.status]
        if not said and self.is_open:
            return [(started, told.status)]
        return said


class Expected:
    """What the marts must hold.

    Args:
        facts: What was loaded.
        now: The moment that counts as now.
        zone: The zone of the business.
    """

    def __init__(self, facts: Facts, now: datetime, zone: str) -> None:
        self._facts = facts
        self._now = now
        self._zone = ZoneInfo(zone)
        self.incidents = [Settled(told, now) for told in facts.incidents]

    def fct_incident(self) -> list[Row]:
        """Incidents."""
        return [
            {
                "source": told.source,
                "incident_id": told.id,
                "kind": told.kind,
                "status": told.status,
                "severity": told.severity,
                "started_at": one.started,
                "detected_at": told.detected,
                "acknowledged_at": told.acknowledged,
                "mitigated_at": one.mitigated,
                "resolved_at": one.resolved,
                "last_activity_at": one.last_activity,
                "is_open": one.is_open,
                "is_counted": one.is_counted,
                "is_hidden": told.hidden,
                "is_forgotten": one.is_forgotten,
                "seconds_to_acknowledge": one.seconds_to(told.acknowledged),
                "seconds_to_mitigate": one.seconds_to(one.mitigated),
                "seconds_to_resolve": one.seconds_to(one.resolved),
                "updates": len(told.updates),
                "components": len(told.components),
                "first_public_update_at": min((u.posted for u in told.updates if u.public), default=None),
            }
            for one in self.incidents
            for told in (one.told,)
        ]

    def fct_incident_update(self) -> list[Row]:
        """Updates."""
        return [
            {
                "source": told.source,
                "incident_id": told.id,
                "update_id": update.id,
                "position": position,
                "status": update.status or "unknown",
                "posted_at": update.posted,
                "is_public": update.public,
            }
            for told in self._facts.incidents
            for position, update in enumerate(in_order(told.updates), 1)
        ]

    def fct_incident_status(self) -> list[Row]:
        """Stretches of incidents."""
        return [
            {
                "source": one.told.source,
                "incident_id": one.told.id,
                "position": position,
                "status": status,
                "started_at": began,
                "ended_at": ended,
                "seconds": (ended - began).total_seconds() if ended else None,
                "is_current": ended is None and status == one.told.status,
            }
            for one in self.incidents
            for position, (status, began, ended) in enumerate(one.stretches, 1)
        ]

    def bridge_incident_component(self) -> list[Row]:
        """Incidents on components."""
        return [
            {
                "source": one.told.source,
                "incident_id": one.told.id,
                "component_id": component,
                "impact_status": one.impact(component)[0],
                "is_derived": one.impact(component)[1],
            }
            for one in self.incidents
            for component in one.told.components
        ]

    def dim_component(self) -> list[Row]:
        """Components, and those that are only named."""
        listed = [
            {
                "source": one.source,
                "component_id": one.id,
                "status": one.status,
                "is_in_use": one.in_use,
                "is_missing": False,
                "created_at": one.created,
                "archived_at": one.archived,
            }
            for one in self._facts.components
        ]
        nothing = {"status": "unknown", "is_in_use": False, "created_at": None, "archived_at": None}
        missing = [{"source": s, "component_id": c, "is_missing": True, **nothing} for s, c in sorted(self._missing)]
        return [*listed, *missing]

    @cached_property
    def _missing(self) -> set[tuple[str, str]]:
        owners: Iterable[Incident | Maintenance] = [*self._facts.incidents, *self._facts.maintenances]
        named = {(owner.source, component) for owner in owners for component in owner.components}
        return named - {(one.source, one.id) for one in self._facts.components}

    def fct_maintenance(self) -> list[Row]:
        """Planned windows."""
        rows = []
        for one in self._facts.maintenances:
            span = _window(one)
            rows.append(
                {
                    "source": one.source,
                    "maintenance_id": one.id,
                    "status": one.status,
                    "scheduled_start_at": one.planned,
                    "scheduled_end_at": one.planned_end,
                    "started_at": span and span[0],
                    "ended_at": span[1] if span and span[1] <= self._now else None,
                    "is_hidden": one.hidden,
                    "components": len(one.components),
                }
            )
        return rows

    @cached_property
    def _affected(self) -> dict[tuple[str, str], list[tuple[Span, str]]]:
        """By component: when an incident affected it, and how."""
        found = defaultdict(list)
        for one in self.incidents:
            for component in one.told.components:
                status, _ = one.impact(component)
                if one.down and status in RANK:
                    found[one.told.source, component].append((one.down, status))
        return found

    @cached_property
    def _maintained(self) -> dict[tuple[str, str], list[Span]]:
        found = defaultdict(list)
        for one in self._facts.maintenances:
            span = _window(one)
            if span and not one.hidden and span[0] < min(span[1], self._now):
                for component in one.components:
                    found[one.source, component].append((span[0], min(span[1], self._now)))
        return found

    def fct_component_outage(self) -> list[Row]:
        """Stretches of outages."""
        rows = []
        for (source, component), affected in self._affected.items():
            outage = position = 0
            previous: tuple[datetime, str] | None = None
            stretches: list[Row] = []
            moments = sorted({at for span, _ in affected for at in span})
            for began, ended in pairwise(moments):
                here = [
                    (number, how) for number, (span, how) in enumerate(affected) if span[0] < ended and span[1] > began
                ]
                if not here:
                    continue
                worst = max((how for _, how in here), key=RANK.__getitem__)
                goes_on = previous is not None and previous[0] == began
                if goes_on and previous is not None and previous[1] == worst:
                    stretches[-1]["ended_at"] = ended
                    stretches[-1]["incidents"] |= {number for number, _ in here}
                else:
                    outage += not goes_on
                    position += 1
                    stretches.append(
                        {
                            "source": source,
                            "component_id": component,
                            "position": position,
                            "outage": outage,
                            "status": worst,
                            "started_at": began,
                            "ended_at": ended,
                            "incidents": {number for number, _ in here},
                        }
                    )
                previous = ended, worst
            for row in stretches:
                row["seconds"] = (row["ended_at"] - row["started_at"]).total_seconds()
                row["incidents"] = len(row["incidents"])
                row["ended_at"] = None if row["ended_at"] >= self._now else row["ended_at"]
            rows += stretches
        return rows

    def component_day(self) -> list[Row]:
        """Components by day."""
        firsts: dict[str, datetime] = {}
        began = [(one.told.source, one.started) for one in self.incidents]
        began += [(one.source, (_window(one) or (None,))[0]) for one in self._facts.maintenances]
        for source, at in began:
            if at is not None and at <= self._now:
                firsts[source] = min(firsts.get(source, at), at)
        rows = []
        listed: list[tuple[str, str, Component | None]] = [(one.source, one.id, one) for one in self._facts.components]
        for source, identity, one in [*listed, *((s, c, None) for s, c in self._missing)]:
            rows += self._days_of(source, identity, one, firsts.get(source))
        return rows

    def _days_of(self, source: str, identity: str, one: Component | None, first: datetime | None) -> list[Row]:
        affected, maintained = self._affected.get((source, identity), []), self._maintained.get((source, identity), [])
        spans = [span for span, _ in affected] + maintained
        begins = min((span[0] for span in spans), default=None)
        ends = max((span[1] for span in spans), default=None)
        if one is None or (one.group and begins):
            opened = begins
        else:
            opened = min((at for at in (one.created or first, begins) if at), default=None)
        if one is not None and one.in_use and not one.group:
            closed: datetime | None = self._now
        else:
            archived = one.archived + timedelta(microseconds=1) if one and one.archived else None
            closed = max((at for at in (archived, ends) if at), default=None)
        if opened is None or closed is None:
            return []
        day = datetime(opened.year, opened.month, opened.day)  # noqa: DTZ001 - all times here are UTC
        rows = []
        while day < closed:
            rows.append(self._day(source, identity, day, affected, maintained))
            day += DAY
        return rows

    def _day(
        self,
        source: str,
        identity: str,
        day: datetime,
        affected: Sequence[tuple[Span, str]],
        maintained: Sequence[Span],
    ) -> Row:
        end = min(day + DAY, self._now)
        near = [(span, how) for span, how in affected if span[0] < end and span[1] > day]
        windows = [span for span in maintained if span[0] < end and span[1] > day]
        moments = {day, end, *(at for span, _ in near for at in span), *(at for span in windows for at in span)}
        cuts = sorted(at for at in moments if day <= at <= end)
        seconds: dict[str, float] = defaultdict(float)
        for began, ended in pairwise(cuts):
            length = (ended - began).total_seconds()
            here = [how for span, how in near if span[0] < ended and span[1] > began]
            planned = any(span[0] < ended and span[1] > began for span in windows)
            if planned:
                seconds["maintenance"] += length
                seconds["outage_in_maintenance"] += length if here else 0
            elif here:
                seconds[max(here, key=RANK.__getitem__)] += length
        whole = (end - day).total_seconds()
        usable = whole - seconds["maintenance"]
        lost = sum(weight * seconds[how] for how, weight in WEIGHTS.items())
        return {
            "source": source,
            "component_id": identity,
            "day": day.date(),
            "seconds": whole,
            "seconds_major_outage": seconds["major_outage"],
            "seconds_partial_outage": seconds["partial_outage"],
            "seconds_degraded": seconds["degraded"],
            "seconds_maintenance": seconds["maintenance"],
            "seconds_outage_in_maintenance": seconds["outage_in_maintenance"],
            "uptime": 1 - lost / usable if usable > 0 else None,
            "incidents": len(near),
        }

    def incident_month(self) -> list[Row]:
        """Incidents by month and severity."""
        rows = []
        counted = [one for one in self.incidents if one.is_counted and one.started]
        for source in sorted({one.told.source for one in counted}):
            own = [one for one in counted if one.told.source == source]
            ends = [_month(one.resolved) for one in own if one.resolved]
            first = min(_month(one.started) for one in own if one.started)
            last = max([_month(self._now), *ends, *(_month(one.started) for one in own if one.started)])
            for severity in sorted({"all"} | {one.told.severity for one in own}):
                chosen = [one for one in own if severity in {"all", one.told.severity}]
                month = first
                while month <= last:
                    rows.append({"source": source, "month": month, "severity": severity, **_month_row(chosen, month)})
                    month = _next(month)
        return rows

    def fct_page(self) -> list[Row]:
        """Pages."""
        talks = defaultdict(list)
        for event in self._facts.rootly["alert_events"]:
            if event["kind"] == "notification" and event["action"] in PAGED and event["user_id"] is not None:
                talks[event["alert_id"], event["user_id"]].append((moment(event["created_at"]), event["id"]))
        rows = []
        for (alert, person), messages in talks.items():
            before = None
            for at, event in sorted(messages):
                assert at is not None
                if before is None or at - before > timedelta(minutes=1):
                    rows.append(self._page(alert, str(person), at, event))
                before = at
        return rows

    def _page(self, alert: str, person: str, at: datetime, event: str) -> Row:
        local = at.replace(tzinfo=ZoneInfo("UTC")).astimezone(self._zone)
        works = local.isoweekday() <= WORK_DAYS and WORK_BEGINS <= local.hour < WORK_ENDS
        night = local.hour >= NIGHT_BEGINS or local.hour < NIGHT_ENDS
        evening = local.date() if local.hour >= NIGHT_BEGINS else local.date() - DAY
        return {
            "event_id": event,
            "alert_id": alert,
            "person_id": person,
            "paged_at": at,
            "is_outside_business_hours": not works,
            "is_at_night": night,
            "night": evening if night else None,
            "week": local.date() - DAY * local.weekday(),
        }

    def fct_alert(self) -> list[Row]:
        """Alerts."""
        pages: dict[str, list[datetime]] = defaultdict(list)
        acknowledged: dict[str, list[datetime]] = defaultdict(list)
        incidents: dict[str, set[str]] = defaultdict(set)
        for page in self.fct_page():
            pages[page["alert_id"]].append(page["paged_at"])
        for event in self._facts.rootly["alert_events"]:
            happened = moment(event["created_at"])
            if event["action"] == "acknowledged" and happened:
                acknowledged[event["alert_id"]].append(happened)
            incidents[event["alert_id"]] |= {*(event.get("incident_ids") or ()), *_given(event.get("incident_id"))}
        for link in self._facts.rootly["incident_alerts"]:
            incidents[link["alert_id"]].add(link["incident_id"])
        rows = []
        for alert in self._facts.rootly["alerts"]:
            identity = alert["id"]
            began = moment(alert["started_at"]) or moment(alert["created_at"])
            paged, taken = min(pages[identity], default=None), min(acknowledged[identity], default=None)
            ended = moment(alert["ended_at"]) if alert["status"] == "resolved" else None
            rows.append(
                {
                    "alert_id": identity,
                    "started_at": began,
                    "first_paged_at": paged,
                    "first_acknowledged_at": taken,
                    "resolved_at": ended,
                    "seconds_to_acknowledge": _length(paged or began, taken),
                    "seconds_to_resolve": _length(began, ended),
                    "pages": len(pages[identity]),
                    "incidents": len(incidents[identity]),
                    "is_noise": {"noise": True, "not_noise": False}.get(alert["noise"]),
                }
            )
        return rows

    def oncall_week(self) -> list[Row]:
        """People by week: minute by minute of the wall clock, whichever way it jumps."""
        weeks: dict[tuple[str, date], Row] = {}

        def week(person: str, monday: date) -> Row:
            nothing = {"seconds": 0.0, "outside": 0.0, "pages": 0, "late": 0, "nights": set()}
            return weeks.setdefault((person, monday), nothing)

        for person, spans in self._on_call().items():
            for began, ended in _merged(spans):
                for at, length, local in self._by_hour(began, ended):
                    del at
                    row = week(person, local.date() - DAY * local.weekday())
                    row["seconds"] += length
                    works = local.isoweekday() <= WORK_DAYS and WORK_BEGINS <= local.hour < WORK_ENDS
                    row["outside"] += 0 if works else length
        for page in self.fct_page():
            row = week(page["person_id"], page["week"])
            row["pages"] += 1
            row["late"] += page["is_outside_business_hours"]
            if page["night"]:
                week(page["person_id"], page["night"] - DAY * page["night"].weekday())["nights"].add(page["night"])
        return [
            {
                "person_id": person,
                "week": monday,
                "hours_on_call": row["seconds"] / 3600,
                "hours_outside_business_hours": row["outside"] / 3600,
                "pages": row["pages"],
                "pages_outside_business_hours": row["late"],
                "interrupted_nights": len(row["nights"]),
            }
            for (person, monday), row in weeks.items()
        ]

    @cached_property
    def _shifts(self) -> dict[str, Row]:
        """Shifts by id; one that has begun since those to come were read is told twice."""
        rootly = self._facts.rootly
        return {shift["id"]: shift for shift in (*rootly["upcoming_shifts"], *rootly["shifts"])}

    def fct_shift(self) -> list[Row]:
        """Shifts."""
        schedules = {row["id"]: row["name"] for row in self._facts.rootly["schedules"]}
        rows = []
        for identity, shift in self._shifts.items():
            began, ended = moment(shift["starts_at"]), moment(shift["ends_at"])
            length = _length(began, ended)
            rows.append(
                {
                    "shift_id": identity,
                    "schedule_id": shift["schedule_id"],
                    "schedule_name": schedules.get(shift["schedule_id"]),
                    "person_id": None if shift["user_id"] is None else str(shift["user_id"]),
                    "started_at": began,
                    "ended_at": ended,
                    "hours": None if length is None else length / 3600,
                    "is_override": bool(shift["is_override"]),
                    "is_shadow": bool(shift["is_shadow"]),
                    "is_upcoming": None if began is None else began > self._now,
                }
            )
        return rows

    def fct_alert_event(self) -> list[Row]:
        """Everything that happened to alerts."""
        names = {str(row["id"]): row["full_name"] for row in self._facts.rootly["users"]}
        return [
            {
                "event_id": event["id"],
                "alert_id": event["alert_id"],
                "kind": event["kind"],
                "action": event["action"],
                "happened_at": moment(event["created_at"]),
                "person_id": None if event["user_id"] is None else str(event["user_id"]),
                "person_name": names.get(str(event["user_id"])),
                "incident_id": event["incident_id"],
            }
            for event in self._facts.rootly["alert_events"]
        ]

    def fct_action_item(self) -> list[Row]:
        """Follow-up work."""
        owners: dict[str, list[str]] = defaultdict(list)
        for link in self._facts.rootly["incident_action_items"]:
            owners[link["action_item_id"]].append(link["incident_id"])
        rows = []
        for item in self._facts.rootly["action_items"]:
            is_open = item["status"] not in {"done", "cancelled"}
            due = date.fromisoformat(item["due_date"]) if item["due_date"] else None
            noted = moment(item["created_at"])
            rows.append(
                {
                    "action_item_id": item["id"],
                    "incident_id": min(owners[item["id"]], default=None),
                    "status": item["status"] or "unknown",
                    "created_at": noted,
                    "due_on": due,
                    "is_open": is_open,
                    "age_days": (self._now - noted) / DAY if is_open and noted else None,
                    "is_overdue": is_open and due is not None and due < self._now.date(),
                }
            )
        return rows

    def fct_retrospective(self) -> list[Row]:
        """Retrospectives."""
        resolved = {one.told.id: one.resolved for one in self.incidents}
        owners: dict[str, list[str | None]] = defaultdict(list)
        for link in self._facts.rootly["incident_post_mortems"]:
            owners[link["post_mortem_id"]].append(link["incident_id"])
        rows = []
        for row in self._facts.rootly["post_mortems"]:
            for incident in owners[row["id"]] or [None]:
                over = resolved.get(incident or "") or moment(row["resolved_at"])
                waits = row["status"] != "published" and over is not None and over <= self._now
                rows.append(
                    {
                        "retrospective_id": row["id"],
                        "incident_id": incident,
                        "status": row["status"],
                        "resolved_at": over,
                        "days_since_resolution": (self._now - over) / DAY if waits and over else None,
                    }
                )
        return rows

    def dim_page(self) -> list[Row]:
        """Pages."""
        return [{"source": source, "page_id": page, "name": name} for source, page, name in self._facts.pages]

    def bridge_maintenance_component(self) -> list[Row]:
        """Maintenance of components."""
        return [
            {"source": one.source, "maintenance_id": one.id, "component_id": component}
            for one in self._facts.maintenances
            for component in one.components
        ]

    def _on_call(self) -> dict[str, list[Span]]:
        found = defaultdict(list)
        for shift in self._shifts.values():
            began, ended = moment(shift["starts_at"]), moment(shift["ends_at"])
            if shift["user_id"] is not None and not shift["is_shadow"] and began and ended:
                ended = min(ended, self._now)
                if began < ended:
                    found[str(shift["user_id"])].append((began, ended))
        return found

    def _by_hour(self, began: datetime, ended: datetime) -> Iterable[tuple[datetime, float, datetime]]:
        """Pieces that end with the hours of the clock."""
        while began < ended:
            hour = began.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
            until = min(hour, ended)
            local = began.replace(tzinfo=ZoneInfo("UTC")).astimezone(self._zone)
            yield began, (until - began).total_seconds(), local
            began = until


def _given(value: Any) -> list[Any]:
    return [] if value is None else [value]


def _length(began: datetime | None, ended: datetime | None) -> float | None:
    if began is None or ended is None or ended < began:
        return None
    return (ended - began).total_seconds()


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for began, ended in sorted(spans):
        if merged and began <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], ended)
        else:
            merged.append((began, ended))
    return merged


def _window(one: Maintenance) -> Span | None:
    """When a maintenance that has begun took place, or will have."""
    began = one.started or one.planned
    if one.status not in {"in_progress", "completed"} or began is None:
        return None
    return began, one.ended or one.planned_end or began + DAY


def _month(at: datetime | None) -> date:
    assert at is not None
    return at.date().replace(day=1)


def _next(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)


def _month_row(chosen: Sequence[Settled], month: date) -> Row:
    own = [one for one in chosen if _month(one.started) == month]
    end = _next(month)
    still = [
        one
        for one in chosen
        if _month(one.started) < end and (one.is_open or (one.resolved is not None and _month(one.resolved) >= end))
    ]
    row: Row = {
        "opened": len(own),
        "resolved": sum(one.resolved is not None and _month(one.resolved) == month for one in chosen),
        "resolved_at_unknown_time": sum(one.told.status == "resolved" and one.resolved is None for one in own),
        "open_at_end": len(still),
    }
    for what, counted, times in (
        ("acknowledge", "acknowledged", [one.seconds_to(one.told.acknowledged) for one in own]),
        ("mitigate", "mitigated", [one.seconds_to(one.mitigated) for one in own]),
        ("resolve", "resolved_in_known_time", [one.seconds_to(one.resolved) for one in own]),
    ):
        known = sorted(each for each in times if each is not None)
        row[counted] = len(known)
        row[f"median_seconds_to_{what}"] = _quantile(known, 0.5)
        row[f"p90_seconds_to_{what}"] = _quantile(known, 0.9)
        row[f"mean_seconds_to_{what}"] = sum(known) / len(known) if known else None
    return row


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    """Between the two values next to it, in proportion."""
    if not ordered:
        return None
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
