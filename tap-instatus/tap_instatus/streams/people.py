"""Who runs a page and who is told of incidents: personal data, read only when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_instatus.client import InstatusFanOutStream

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_instatus.records import Row


class Team(InstatusFanOutStream):
    """Who runs the page."""

    name = "team"
    path = "/v1/{page_id}/team"
    selected_by_default = False

    def row(self, resource: Mapping[str, Any]) -> Row:
        """The person is an object inside."""
        person = resource.get("user") or {}
        fields = {name: value for name, value in resource.items() if name != "user"}
        return super().row({**person, **fields, "userId": person.get("id")})


class Subscribers(InstatusFanOutStream):
    """Who is told of incidents."""

    name = "subscribers"
    path = "/v2/{page_id}/subscribers"
    selected_by_default = False
    without = frozenset({"components"})

    def row(self, resource: Mapping[str, Any]) -> Row:
        """Components are told as ids, or as objects with them."""
        chosen = resource.get("components") or ()
        ids = [component["id"] if isinstance(component, dict) else component for component in chosen]
        return {**super().row(resource), "component_ids": ids}


class AudienceGroups(InstatusFanOutStream):
    """Which teammates see which components of a private page."""

    name = "audience_groups"
    path = "/v1/{page_id}/audience-groups"
    without = frozenset({"teammates", "components"})

    def row(self, resource: Mapping[str, Any]) -> Row:
        """Members and components are rows of other streams: here are their ids."""
        return {
            **super().row(resource),
            "teammate_ids": [member["teammateId"] for member in resource.get("teammates") or ()],
            "component_ids": [link["componentId"] for link in resource.get("components") or ()],
        }
