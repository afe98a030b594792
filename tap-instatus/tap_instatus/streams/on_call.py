"""On-call: routing rules and escalation policies."""

from __future__ import annotations

from tap_instatus.client import InstatusWrappedStream


class RoutingRules(InstatusWrappedStream):
    """A rule that decides who is alerted about which incidents."""

    name = "routing_rules"
    path = "/{page_id}/routing-rules"
    rows_key = "routingRules"


class EscalationPolicies(InstatusWrappedStream):
    """An escalation policy: who is notified next when nobody responds."""

    name = "escalation_policies"
    path = "/{page_id}/escalation-policies"
    rows_key = "escalationPolicies"
