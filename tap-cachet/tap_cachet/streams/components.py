"""Components and their groups."""

from __future__ import annotations

from tap_cachet.client import CachetListStream


class Components(CachetListStream):
    """A component of the status page, with its status; including disabled ones if the token may see them."""

    name = "components"
    path = "/components"
    include = ("group", "meta")
    relations = {"group": "group_id"}
    filters = {"filter[enabled]": "0,1"}


class ComponentGroups(CachetListStream):
    """A group that components are listed under on the status page."""

    name = "component_groups"
    path = "/component-groups"
    v2_path = "/components/groups"
    include = ("meta",)
