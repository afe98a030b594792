"""Who is called when something goes wrong."""

from __future__ import annotations

from tap_instatus.client import InstatusWrappedStream


class RoutingRules(InstatusWrappedStream):
    """Which incidents go to whom."""

    name = "routing_rules"
    path = "/{page_id}/routing-rules"
    rows_key = "routingRules"


class EscalationPolicies(InstatusWrappedStream):
    """Who is called next when nobody answers."""

    name = "escalation_policies"
    path = "/{page_id}/escalation-policies"
    rows_key = "escalationPolicies"
