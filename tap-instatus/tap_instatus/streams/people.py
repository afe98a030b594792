"""Team members, subscribers and audiences: personal data, read only if selected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_fanout import as_object, identity

from tap_instatus.client import InstatusFanOutStream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_instatus.records import Row


class Team(InstatusFanOutStream):
    """One member of the team behind a page."""

    name = "team"
    path = "/v1/{page_id}/team"
    selected_by_default = False

    def row(self, resource: Mapping[str, Any]) -> Row:
        """The person is a nested object."""
        told = resource.get("user")
        person = {name: value for name, value in as_object(told).items() if name != "id"}
        fields = {name: value for name, value in resource.items() if name != "user"}
        return super().row({**person, **fields, "userId": identity(told)})


class Subscribers(InstatusFanOutStream):
    """One person or address that is notified about incidents."""

    name = "subscribers"
    path = "/v2/{page_id}/subscribers"
    selected_by_default = False
    without = frozenset({"components"})

    def row(self, resource: Mapping[str, Any]) -> Row:
        """Components are sent as ids, or as objects with ids."""
        return {**super().row(resource), "component_ids": self.ids("component_ids", resource.get("components"))}


class AudienceGroups(InstatusFanOutStream):
    """A group of people who may see certain components of a private page."""

    name = "audience_groups"
    path = "/v1/{page_id}/audience-groups"
    without = frozenset({"teammates", "components"})

    def row(self, resource: Mapping[str, Any]) -> Row:
        """Members and components are rows of other streams: only their ids are kept."""
        return {
            **super().row(resource),
            "teammate_ids": self.ids("teammate_ids", resource.get("teammates"), _linked_to("teammate")),
            "component_ids": self.ids("component_ids", resource.get("components"), _linked_to("component")),
        }


def _linked_to(kind: str) -> Callable[[Any], str | int | None]:
    """A function that finds the id in a link, which holds either the id or the whole linked object."""

    def identify(link: Any) -> str | int | None:
        key = identity(link, f"{kind}Id")
        return identity(as_object(link).get(kind)) if key is None else key

    return identify
