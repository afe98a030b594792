"""What the tap's own classes say of its streams: the tool keeps no list of them."""

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
        parent: The stream under whose rows it lies, if any.
        parent_fields: Columns that come from the parent: name here -> name in the parent's row.
        relations: Relationships that become columns of another name: name there -> column here.
        has_route: Whether a route of the document tells its rows; those of others come with their parents alone.
        is_link: Whether a row only says that two resources belong together.
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
