"""The streams as the tap's own classes declare them: this tool keeps no list of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tap_rootly.streams import STREAMS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class StreamFacts:
    """A stream as its class declares it.

    Attributes:
        name: Its name.
        path: Its route; braces name the fields of the parent that fill them.
        keys: The fields that identify a row.
        parent: The parent stream, if any.
        parent_fields: Columns that come from the parent: name here -> name in the parent's row.
        relations: Relationships that become columns with another name: name there -> column here.
        has_route: Whether the document has a route for its rows; rows of other streams only come with their parents.
        is_link: Whether a row only links two resources.
    """

    name: str
    path: str
    keys: Sequence[str] = ("id",)
    parent: str | None = None
    parent_fields: Mapping[str, str] = field(default_factory=dict)
    relations: Mapping[str, str] = field(default_factory=dict)
    has_route: bool = True
    is_link: bool = False


def tap_streams() -> list[StreamFacts]:
    """The streams of the tap."""
    return [
        StreamFacts(
            name=str(vars(stream)["name"]),
            path=str(vars(stream)["path"]),
            keys=tuple(stream.primary_keys),
            parent=getattr(stream, "parent_stream", None),
            parent_fields=dict(getattr(stream, "parent_fields", {})),
            relations=dict(stream.relations),
            has_route=bool(getattr(stream, "has_own_list", True)),
            is_link=bool(getattr(stream, "links", False)),
        )
        for stream in STREAMS
    ]
