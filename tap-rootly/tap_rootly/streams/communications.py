"""Messages to people outside the incident."""

from __future__ import annotations

from tap_rootly.client import RootlyListStream


class CommunicationGroups(RootlyListStream):
    """Who is told of incidents."""

    name = "communication_groups"
    path = "/v1/communications/groups"
    selected_by_default = False


class CommunicationStages(RootlyListStream):
    """When they are told."""

    name = "communication_stages"
    path = "/v1/communications/stages"


class CommunicationTemplates(RootlyListStream):
    """What they are told."""

    name = "communication_templates"
    path = "/v1/communications/templates"


class CommunicationTypes(RootlyListStream):
    """Kinds of such messages."""

    name = "communication_types"
    path = "/v1/communications/types"
