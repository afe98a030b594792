"""A page's monitoring: monitors, alerts, routing rules, escalation policies, on-call schedules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.instatus.sower import Sower
from sandbox.texts import MESSAGES, SERVICES

if TYPE_CHECKING:
    from datetime import datetime


class WatchSower(Sower):
    """Sows a page's monitoring."""

    def sow(self) -> None:
        """Sow all of it."""
        self._monitors(self._monitor_alerts())
        self._routing_rules()
        self._escalation_policies()
        self._cron_monitors()
        if self._plot.people:
            self._add("on_call_schedules", pageId=self._page_id, name="First line", memberIds=self._plot.people[:3])

    def _monitor_alerts(self) -> list[str]:
        kinds = {
            "EMAIL": "alerts+{}@example.com",
            "SMS": "+4930{}",
            "SLACK": "https://hooks.example.com/{}",
            "DISCORD": "https://hooks.example.com/{}",
            "MICROSOFT_TEAMS": "https://hooks.example.com/{}",
            "PHONE_CALL": "+4930{}",
            "WEBHOOK": "https://hooks.example.com/{}",
        }
        alerts = []
        for number, moment in self._moments(self._size.monitor_alerts):
            kind = list(kinds)[(number - 1) % len(kinds)]
            alerts.append(
                self._add(
                    "monitor_alerts",
                    siteId=self._page_id,
                    type=kind,
                    recipient=self._planter.secret("recipient", kinds[kind]),
                    whenRecovers=number % 2 == 0,
                    whenSslExpires=number % 3 == 0,
                    metadata="" if number % 2 else '{"channel": "#ops"}',
                    **self._planter.times(moment),
                )
            )
        return alerts

    def _monitors(self, alerts: list[str]) -> None:
        types = ("HTTP", "PING", "TCP", "DNS", "HTTP_API")
        for number, moment in self._moments(self._size.monitors):
            speaks_http = types[number % len(types)].startswith("HTTP")
            self._add(
                "monitors",
                pageId=self._page_id,
                name=f"{self._random.choice(SERVICES)} check {number}",
                type=types[number % len(types)],
                status=("UP", "DOWN", "UNKNOWN", "DEGRADED")[number % 4],
                url=f"https://api-{number}.example.com/health?deep=1",
                httpMethod="POST" if number % 6 == 0 else "GET",
                headers={"Authorization": self._planter.secret("monitor", "Bearer {}")} if speaks_http else {},
                queryParams={"from": "status"} if speaks_http else {},
                body='{"ping": true}' if number % 6 == 0 else None,
                basicAuth=self._basic_auth() if number % 2 else {},
                assertions=self._assertions(number),
                alerts=alerts[: number % 3],
                locations=["US_EAST_1", "EU_CENTRAL_1", "AP_NORTHEAST_1"][: number % 3 + 1],
                checksInterval=(30, 60, 300)[number % 3],
                onFail={
                    "createIncident": number % 2 == 0,
                    "createOutageDuration": True,
                    "publishIncident": False,
                    "notifySubscribers": False,
                },
                onRecover={
                    "resolveIncident": number % 2 == 0,
                    "resolveOutageDuration": True,
                    "publishIncident": False,
                    "notifySubscribers": False,
                },
                **self._planter.times(moment),
            )

    def _basic_auth(self) -> dict[str, str]:
        return {"username": self._planter.secret("username"), "password": self._planter.secret("password")}

    def _assertions(self, number: int) -> list[dict[str, Any]]:
        status_code = {"type": "STATUSCODE", "comparison": "EQUALS", "selector": None, "value": "200"}
        header = {"type": "HEADERS", "comparison": "HAS_KEY", "selector": "x-cache", "value": ""}
        return [{"id": self._nested_id(), **each} for each in (status_code, header)[: number % 3]]

    def _cron_monitors(self) -> None:
        for number in range(1, self._count(self._size.cron_monitors) + 1):
            # Anyone who knows the slug can report on behalf of the job.
            slug = self._planter.planted(f"job-{self._number}-{number}-CANARY")
            self._add("cron_monitors", pageId=self._page_id, slug=slug)

    def _routing_rules(self) -> None:
        for number, moment in self._moments(self._size.routing_rules):
            rule_id = self._add("routing_rules", siteId=self._page_id, order=number, **self._planter.times(moment))
            assertion = {
                "id": self._nested_id(),
                "routingRuleId": rule_id,
                "type": ("IMPACT", "TITLE", "AFFECTED_COMPONENTS")[number % 3],
                "comparison": ("EQUALS", "CONTAINS", "NOT_EMPTY")[number % 3],
                "value": ("MAJOROUTAGE", "login", "")[number % 3],
            }
            action = {
                "id": self._nested_id(),
                "routingRuleId": rule_id,
                "type": ("NOTIFY_TEAM", "NOTIFY_CURRENT_ON_CALL_USER")[number % 2],
                "targetId": self._nested_id(),
            }
            times = self._store.get("routing_rules", rule_id) or {}
            self._store.update(
                "routing_rules",
                rule_id,
                assertions=[assertion],
                actions=[action] * (number % 3 > 0),
                updatedAt=times["updatedAt"],
            )

    def _escalation_policies(self) -> None:
        for number, moment in self._moments(self._size.escalation_policies):
            times = self._planter.times(moment)
            policy_id = self._add(
                "escalation_policies",
                siteId=self._page_id,
                name=f"Policy {number}",
                description="" if number % 2 else self._random.choice(MESSAGES),
                repeat=number % 2 == 0,
                repeatCount=number % 4,
                repeatDelay=5 * number,
                autoResolveIncidentsAfterRepeat=number % 3 == 0,
                **times,
            )
            rules = [self._escalation_rule(policy_id, place, moment) for place in range(number % 3)]
            self._store.update("escalation_policies", policy_id, rules=rules, updatedAt=times["updatedAt"])

    def _escalation_rule(self, policy_id: str, place: int, moment: datetime) -> dict[str, Any]:
        rule_id = self._nested_id()
        action = {
            "id": self._nested_id(),
            "ruleId": rule_id,
            "type": ("NOTIFY_TEAM", "NOTIFY_WORKSPACE_MEMBER")[place % 2],
            "targetId": self._nested_id() if place % 2 else None,
            "createdAt": moment,
            "updatedAt": moment,
        }
        return {
            "id": rule_id,
            "escalationPolicyId": policy_id,
            "condition": "NOT_ACKNOWLEDGED",
            "delayInMins": 5 * (place + 1),
            "actions": [action],
        }
