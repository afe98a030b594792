"""The account's settings and permissions."""

from __future__ import annotations

from tap_rootly.client import RootlyFanOutStream, RootlyListStream, UndocumentedList
from tap_rootly.pagination import EdgeConnectorPaginator, RootlyPaginator


class Roles(RootlyListStream):
    """A role that defines permissions."""

    name = "roles"
    path = "/v1/roles"
    selected_by_default = False


class Authorizations(RootlyListStream):
    """A permission of one user or team on one resource."""

    name = "authorizations"
    path = "/v1/authorizations"
    selected_by_default = False


class IncidentPermissionSets(RootlyListStream):
    """A set of permissions for incidents."""

    name = "incident_permission_sets"
    path = "/v1/incident_permission_sets"
    selected_by_default = False


class IncidentPermissionSetBooleans(RootlyFanOutStream):
    """A single permission in an incident permission set."""

    name = "incident_permission_set_booleans"
    path = "/v1/incident_permission_sets/{incident_permission_set_id}/booleans"
    parent_stream = "incident_permission_sets"
    parent_fields = {"incident_permission_set_id": "id"}
    selected_by_default = False


class IncidentPermissionSetResources(RootlyFanOutStream):
    """A resource that an incident permission set applies to."""

    name = "incident_permission_set_resources"
    path = "/v1/incident_permission_sets/{incident_permission_set_id}/resources"
    parent_stream = "incident_permission_sets"
    parent_fields = {"incident_permission_set_id": "id"}
    selected_by_default = False


class ApiKeys(RootlyListStream):
    """An API key, without the key itself."""

    name = "api_keys"
    path = "/v1/api_keys"
    selected_by_default = False


class Secrets(RootlyListStream):
    """A secret used by workflows, without its value."""

    name = "secrets"
    path = "/v1/secrets"
    selected_by_default = False


class EdgeConnectorActions(UndocumentedList, RootlyFanOutStream):
    """An action that an edge connector can run."""

    name = "edge_connector_actions"
    path = "/v1/edge_connectors/{edge_connector_id}/actions"
    parent_stream = "edge_connectors"
    parent_fields = {"edge_connector_id": "id"}
    paged = False


class WebhookEndpoints(RootlyListStream):
    """A webhook endpoint that events are sent to."""

    name = "webhook_endpoints"
    path = "/v1/webhooks/endpoints"


class WebhookDeliveries(RootlyFanOutStream):
    """One delivery to a webhook endpoint, with the response."""

    name = "webhook_deliveries"
    path = "/v1/webhooks/endpoints/{endpoint_id}/deliveries"
    parent_stream = "webhook_endpoints"
    parent_fields = {"endpoint_id": "id"}
    selected_by_default = False


class Audits(RootlyListStream):
    """One entry of the audit log: who changed what; entries are only ever added."""

    name = "audits"
    path = "/v1/audits"
    replication_key = "created_at"
    only_grows = True
    has_records = False
    selected_by_default = False


class EdgeConnectors(UndocumentedList):
    """An edge connector: an agent that runs actions in the organisation's own network."""

    name = "edge_connectors"
    path = "/v1/edge_connectors"

    def get_new_paginator(self) -> RootlyPaginator:
        """This list has other pagination parameters."""
        return EdgeConnectorPaginator(self.page_size)


class IpRanges(RootlyListStream):
    """The IP addresses that Rootly sends requests from: a single row."""

    name = "ip_ranges"
    path = "/v1/ip_ranges"
    paged = False
    has_records = False
