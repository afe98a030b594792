"""Seeded data: plausible, and with everything that breaks careless readers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.instatus.planter import Planter
from sandbox.instatus.seed_history import HistorySower
from sandbox.instatus.seed_page import PageSower
from sandbox.instatus.seed_watch import WatchSower
from sandbox.instatus.sower import Plot

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.instatus.store import InstatusStore


@dataclass(frozen=True)
class InstatusSeed:
    """How much data an Instatus server is seeded with; 0 is allowed everywhere.

    Sizes of a page's data apply to the first page; every further page has seven of each at most.

    Attributes:
        pages: Pages of the key's user: the second is private, the third has a custom domain.
        unowned_pages: Further pages in the list of pages that answer 401 to everything else.
        forbidden_pages: Further pages in the list of pages that answer 403 to everything else.
        workspaces: Workspaces.
        groups: Groups of components.
        components: Components besides the groups, some archived or without a group.
        incidents: Incidents; the newest are open.
        updates_per_incident: Updates an incident on average; one incident has many more.
        components_per_incident: Components that an incident or a maintenance affects on average.
        maintenances: Maintenances: past, running and upcoming.
        updates_per_maintenance: Updates a maintenance on average.
        templates: Templates, some deleted.
        teammates: Members of the team.
        subscribers: Subscribers by mail, text message and all kinds of webhooks.
        metrics: Metrics.
        datapoints: Points of all metrics together.
        audience_groups: Audience groups.
        monitors: Monitors of all types.
        cron_monitors: Monitors that jobs report to.
        monitor_alerts: Channels that monitors alert.
        routing_rules: Routing rules.
        escalation_policies: Escalation policies.
    """

    pages: int = 3
    unowned_pages: int = 1
    forbidden_pages: int = 1
    workspaces: int = 2
    groups: int = 4
    components: int = 24
    incidents: int = 130
    updates_per_incident: float = 2.4
    components_per_incident: float = 1.8
    maintenances: int = 24
    updates_per_maintenance: float = 1.6
    templates: int = 9
    teammates: int = 5
    subscribers: int = 110
    metrics: int = 4
    datapoints: int = 600
    audience_groups: int = 3
    monitors: int = 12
    cron_monitors: int = 5
    monitor_alerts: int = 9
    routing_rules: int = 5
    escalation_policies: int = 4


def sow(store: InstatusStore, size: InstatusSeed, seed: int) -> list[str]:
    """Fill an empty store; returns the secrets that were planted."""
    planter = Planter(seed)
    with store.lock:
        people = _people(store, size)
        moments = planter.moments(size.workspaces)
        workspaces = [_workspace(store, planter, number, moment) for number, moment in enumerate(moments, 1)]
        for number in range(1, size.pages + size.unowned_pages + size.forbidden_pages + 1):
            plot = Plot(store, size, planter, number, people)
            PageSower(plot).sow(workspaces[(number - 1) % len(workspaces)] if workspaces else None)
            HistorySower(plot).sow()
            WatchSower(plot).sow()
            _scope(plot)
    return planter.canaries


def _people(store: InstatusStore, size: InstatusSeed) -> list[str]:
    people = []
    for number in range(1, max(size.teammates, 2) + 1):
        user = store.insert(
            "users",
            name=None if number % 4 == 0 else f"Person {number} O'Neil",
            email=f"person{number}@example.com",
            slug=f"person-{number}",
            avatar=None if number % 2 else f"https://cdn.example.com/avatars/{number}.png",
            phone=None if number % 3 else f"+4930{number:07d}",
        )
        people.append(user["id"])
    return people


def _workspace(store: InstatusStore, planter: Planter, number: int, moment: datetime) -> str:
    row = store.insert(
        "workspaces",
        name=f"Workspace {number}",
        slug=f"workspace-{number}",
        avatar=None if number % 2 else "https://cdn.example.com/workspace.png",
        sso=number % 2 == 0,
        organizationDomains=None if number % 2 else "example.com",
        allowedEmailDomains=[] if number % 2 else ["example.com", "example.org"],
        longRunningIncidentNotificationSettings=[0.5, 1, 2, 3, 6, 12],
        **planter.times(moment),
    )
    return str(row["id"])


def _scope(plot: Plot) -> None:
    """Set what the owner and the member are refused on a page."""
    store, size, number, page_id = plot.store, plot.size, plot.number, plot.page_id
    if number > size.pages:
        status = 401 if number <= size.pages + size.unowned_pages else 403
        store.insert("refusals", key="owner", pageId=page_id, status=status)
    if number > 1:
        store.insert("refusals", key="member", pageId=page_id, status=401, listed=False)
        return
    for resource in ("subscribers", "team"):
        store.insert("refusals", key="member", pageId=page_id, resource=resource, status=403)
