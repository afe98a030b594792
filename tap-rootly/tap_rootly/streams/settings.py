"""How the account is set up, and who may do what."""

from __future__ import annotations

from tap_rootly.client import RootlyFanOutStream, RootlyListStream, UndocumentedList
from tap_rootly.pagination import EdgeConnectorPaginator, RootlyPaginator


class Roles(RootlyListStream):
    """What people may do."""

    name = "roles"
    path = "/v1/roles"
    selected_by_default = False


class Authorizations(RootlyListStream):
    """Who may do what with a single resource."""

    name = "authorizations"
    path = "/v1/authorizations"
    selected_by_default = False


class IncidentPermissionSets(RootlyListStream):
    """What may be done with incidents."""

    name = "incident_permission_sets"
    path = "/v1/incident_permission_sets"
    selected_by_default = False


class IncidentPermissionSetBooleans(RootlyFanOutStream):
    """Single permissions of such a set."""

    name = "incident_permission_set_booleans"
    path = "/v1/incident_permission_sets/{incident_permission_set_id}/booleans"
    parent_stream = "incident_permission_sets"
    parent_fields = {"incident_permission_set_id": "id"}
    selected_by_default = False


class IncidentPermissionSetResources(RootlyFanOutStream):
    """What such a set is about."""

    name = "incident_permission_set_resources"
    path = "/v1/incident_permission_sets/{incident_permission_set_id}/resources"
    parent_stream = "incident_permission_sets"
    parent_fields = {"incident_permission_set_id": "id"}
    selected_by_default = False


class ApiKeys(RootlyListStream):
    """Keys to the API, without the keys themselves."""

    name = "api_keys"
    path = "/v1/api_keys"
    selected_by_default = False


class Secrets(RootlyListStream):
    """Secrets that workflows use, without their values."""

    name = "secrets"
    path = "/v1/secrets"
    selected_by_default = False


class EdgeConnectorActions(UndocumentedList, RootlyFanOutStream):
    """What a connector can do."""

    name = "edge_connector_actions"
    path = "/v1/edge_connectors/{edge_connector_id}/actions"
    parent_stream = "edge_connectors"
    parent_fields = {"edge_connector_id": "id"}
    paged = False


class WebhookEndpoints(RootlyListStream):
    """Where events are sent."""

    name = "webhook_endpoints"
    path = "/v1/webhooks/endpoints"


class WebhookDeliveries(RootlyFanOutStream):
    """What was sent there, and how it was received."""

    name = "webhook_deliveries"
    path = "/v1/webhooks/endpoints/{endpoint_id}/deliveries"
    parent_stream = "webhook_endpoints"
    parent_fields = {"endpoint_id": "id"}
    selected_by_default = False


class Audits(RootlyListStream):
    """Who changed what; entries are only added."""

    name = "audits"
    path = "/v1/audits"
    replication_key = "created_at"
    only_grows = True
    has_records = False
    selected_by_default = False


class EdgeConnectors(UndocumentedList):
    """Programs that run actions in networks of the organisation."""

    name = "edge_connectors"
    path = "/v1/edge_connectors"

    def get_new_paginator(self) -> RootlyPaginator:
        """This list numbers its pages in words of its own."""
        return EdgeConnectorPaginator(self.page_size)


class IpRanges(RootlyListStream):
    """The addresses from which Rootly calls."""

    name = "ip_ranges"
    path = "/v1/ip_ranges"
    paged = False
    has_records = False
