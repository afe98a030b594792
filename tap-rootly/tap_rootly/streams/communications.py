"""Messages to people outside the incident."""

from __future__ import annotations

from tap_rootly.client import RootlyListStream


class CommunicationGroups(RootlyListStream):
    """A group of people who are notified about incidents."""

    name = "communication_groups"
    path = "/v1/communications/groups"
    selected_by_default = False


class CommunicationStages(RootlyListStream):
    """A stage of an incident at which communications are sent."""

    name = "communication_stages"
    path = "/v1/communications/stages"


class CommunicationTemplates(RootlyListStream):
    """A template for communications."""

    name = "communication_templates"
    path = "/v1/communications/templates"


class CommunicationTypes(RootlyListStream):
    """A type of communication."""

    name = "communication_types"
    path = "/v1/communications/types"
