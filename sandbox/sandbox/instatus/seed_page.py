"""A page, its components, team, subscribers and metrics."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sandbox.instatus import bodies, site
from sandbox.instatus.planter import ANCHOR, SPAN
from sandbox.instatus.sower import Sower
from sandbox.texts import MESSAGES, PLACES, SERVICES

if TYPE_CHECKING:
    from datetime import datetime


class PageSower(Sower):
    """Sows a page, and everything on it except its history."""

    def sow(self, workspace_id: str | None) -> None:
        """Sow all of it.

        Args:
            workspace_id: The workspace of the page.
        """
        self._page(workspace_id)
        self._groups_and_components()
        teammates = self._team()
        self._subscribers()
        self._metrics()
        self._audience_groups(teammates)

    def _page(self, workspace_id: str | None) -> None:
        choose, number, secret = self._random.choice, self._number, self._planter.secret
        # Real accounts have few credentials of other providers, but these two always.
        names = site.SECRETS + site.UNNAMED if number == 1 else ("secretToBypassPrivacy", "secureLinkToken")
        private = number == 2  # noqa: PLR2004
        self._plot.page_id = self._add(
            "pages",
            subdomain=f"status-{number}",
            name=f"{choose(SERVICES)} status {number}",
            logoUrl=None if number % 2 else "https://cdn.example.com/logo.svg",
            faviconUrl=None,
            websiteUrl=f"https://example.com/{number}?a=1&b=ü",
            customDomain="status.example.org" if number == 3 else None,  # noqa: PLR2004
            publicEmail=None if number % 2 else "help@example.com",
            twitter="example" if number == 1 else None,
            status=choose(("UP", "HASISSUES", "SOMEDEGRADEDPERFORMANCE", "ONEMAJOROUTAGE")),
            subscribeBySms=choose((None, True, False)),
            language=choose(("en", "de", "ja")),
            degradedColor=choose((None, "#F39C12")),
            smsService=choose((None, "twilio", "sns")),
            htmlInMeta='<meta name="x" content="y">' if number == 1 else None,
            cssGlobal="body { color: red }\n" if number == 1 else None,
            launchDate=None if number % 2 else "2025-01-01",
            onboarded=choose((None, True)),
            secureLink=secret("link", f"https://status-{number}.instatus.com/secure/{{}}") if number <= 2 else None,  # noqa: PLR2004
            workspaceId=workspace_id,
            private=private,
            useAllowList=private,
            **{name: secret(name) for name in names},
            **self._planter.times(ANCHOR - SPAN - timedelta(days=30 * number)),
        )

    def _groups_and_components(self) -> None:
        groups = [
            self._component(number, moment, group_id=None, is_parent=True)
            for number, moment in self._moments(self._size.groups)
        ]
        for number, moment in self._moments(self._size.components):
            group_id = self._random.choice(groups) if groups and number % 4 else None
            self._components.append(self._component(number, moment, group_id=group_id, is_parent=False))

    def _component(self, number: int, moment: datetime, *, group_id: str | None, is_parent: bool) -> str:
        choose = self._random.choice
        # Every status occurs, even with few components.
        status = (*bodies.COMPONENT_STATUSES, "OPERATIONAL", "OPERATIONAL")[number % 7]
        third_party = number % 8 == 0 and not is_parent
        archived = number % 11 == 0 and not is_parent
        return self._add(
            "components",
            siteId=self._page_id,
            groupId=group_id,
            isParent=is_parent,
            isCollapsed=is_parent and number % 2 == 0,
            name=f"{choose(PLACES if is_parent else SERVICES)} {number}",
            nameHtml=None if number % 2 else f"<p>{number}</p>",
            description=choose(("", *MESSAGES)),
            descriptionHtml=choose((None, "<p>text</p>")),
            status=status,
            internalStatus=status,
            order=choose((None, 0, 1, number)),
            showUptime=number % 5 != 0,
            uniqueEmail=self._planter.secret("component", "component+{}@automation.instatus.com"),
            isThirdParty=third_party,
            thirdPartyStatus="UP" if third_party else None,
            importedFromStatuspage=number % 6 == 0,
            startDate=None if number % 3 else moment,
            archivedAt=moment + timedelta(days=1) if archived else None,
            translations=self._planter.translations("name", "description"),
            **self._planter.times(moment),
        )

    def _team(self) -> list[str]:
        people = self._plot.people[: self._count(self._size.teammates)]
        return [self._add("teammates", siteId=self._page_id, userId=user_id) for user_id in people]

    def _subscribers(self) -> None:
        for number, moment in self._moments(self._size.subscribers):
            everything = number % 3 != 0 or not self._components
            subscriber_id = self._add(
                "subscribers",
                siteId=self._page_id,
                name=None if number % 2 else f"Reader {number}",
                confirmed=(True, True, False, None)[number % 4],
                all=everything,
                unsubscribeToken=None if number % 10 == 0 else self._planter.secret("unsubscribe"),
                language=self._random.choice((None, "en", "de")),
                company=None if number % 5 else "Example Ltd.",
                failedAttempts=number % 3,
                approved=number % 7 != 0,
                hideUnsubLink=number % 9 == 0,
                **self._address(number),
                **self._planter.times(moment),
            )
            followed = 0 if everything else min(number % 5 + 1, len(self._components))
            for component_id in self._random.sample(self._components, followed):
                self._add("subscriptions", subscriberId=subscriber_id, componentId=component_id)

    def _address(self, number: int) -> dict[str, Any]:
        """The address of a subscriber: usually email, else one of all other channels."""
        if number % 2:
            return {"email": f"reader+{number}@example.com"}
        ways = (self._phone, self._slack, self._discord, self._teams, self._chat, self._webhook)
        return ways[number // 2 % len(ways)](number)

    def _phone(self, number: int) -> dict[str, Any]:
        return {"phone": f"+4930{number:07d}"}

    def _slack(self, number: int) -> dict[str, Any]:
        return {"slack": self._hook("slack"), "slackTeam": f"Team {number}"}

    def _discord(self, number: int) -> dict[str, Any]:
        return {"discord": self._hook("discord"), "discordTeam": f"Team {number}"}

    def _teams(self, _number: int) -> dict[str, Any]:
        return {"microsoftTeamsWebhook": self._hook("teams")}

    def _chat(self, number: int) -> dict[str, Any]:
        return {"googleChatWebhook": self._hook("chat"), "googleChatSpace": f"Space {number}"}

    def _webhook(self, _number: int) -> dict[str, Any]:
        return {
            "webhook": self._hook("webhook"),
            "webhookEmail": "hooks@example.com",
            "webhookHeaders": {"Authorization": self._planter.secret("header", "Bearer {}")},
            "webhookQueryParams": {"source": "status"},
            "webhookIncidentBody": '{"text": "{{ name }}"}',
        }

    def _hook(self, kind: str) -> str:
        return self._planter.secret(kind, "https://hooks.example.com/{}")

    def _metrics(self) -> None:
        metrics = [
            self._add(
                "metrics",
                siteId=self._page_id,
                name=f"{self._random.choice(SERVICES)} latency {number}",
                active=number % 4 != 0,
                order=self._random.choice((None, number)),
                suffix=self._random.choice(("ms", "", "%")),
            )
            for number in range(1, self._count(self._size.metrics) + 1)
        ]
        # The last metric has no point.
        with_points = metrics[:-1] if len(metrics) > 1 else metrics
        start = ANCHOR - timedelta(minutes=5 * self._count(self._size.datapoints))
        for number in range(self._count(self._size.datapoints) if with_points else 0):
            self._add(
                "datapoints",
                metricId=with_points[0] if self._planter.chance(0.5) else self._random.choice(with_points),
                timestamp=int((start + timedelta(minutes=5 * number)).timestamp() * 1000),
                value=self._random.choice((0, 0.125, 17.01, 250, -3, number, number + 0.5)),
            )

    def _audience_groups(self, teammates: list[str]) -> None:
        for number in range(1, self._count(self._size.audience_groups) + 1):
            group_id = self._add("audience_groups", siteId=self._page_id, name=f"Audience {number}")
            for teammate_id in teammates[:number]:
                self._add("audience_group_teammates", audienceGroupId=group_id, teammateId=teammate_id)
            for component_id in self._components[: number - 1]:
                self._add("audience_group_components", audienceGroupId=group_id, componentId=component_id)
