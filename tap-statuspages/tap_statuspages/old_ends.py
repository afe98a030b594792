"""Detects that a list was truncated at its old end: then what is missing there is not gone.

Sigryl documents no cap on its list of incidents. If it ever gets one, many of the oldest incidents vanish from the
list at once, and a table that followed it would lose them. So the position of each page's tenth oldest incident is
recorded. A list with only newer incidents than that has lost at least its ten oldest at once and counts as truncated.
Incidents that are deleted one by one move the position along.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from tap_statuspages.memory import Place

MANY = 10
"""If this many of the oldest incidents are gone at once, they were not deleted."""


class OldEnds:
    """The old ends of the lists of all pages, as kept in a stream's state.

    Args:
        state: The stream's part of the state.
    """

    def __init__(self, state: dict[str, Any]) -> None:
        self._state = state
        self._known = dict(_legible(state.get("old_ends")))

    def is_cut(self, slug: str, places: Collection[Place]) -> bool:
        """Whether a page's list has lost many of its oldest incidents at once."""
        known = self._known.get(slug)
        return known is not None and not any(place <= known for place in places)

    def remember(self, slug: str, places: Iterable[Place]) -> None:
        """Record the old end of a page's list; a list with too few incidents has none."""
        oldest = sorted(places)[:MANY]
        self._known.pop(slug, None)
        if len(oldest) == MANY:
            self._known[slug] = oldest[-1]

    def forget_all_but(self, slugs: Collection[str]) -> None:
        """Drop pages that are gone."""
        self._known = {slug: place for slug, place in self._known.items() if slug in slugs}

    def write(self) -> None:
        """Write everything to the state."""
        # A list: when states are merged, keys cannot be removed from an object.
        self._state["old_ends"] = [[slug, *place] for slug, place in self._known.items()]


def _legible(kept: Any) -> Iterable[tuple[str, Place]]:
    for entry in kept if isinstance(kept, list) else ():
        match entry:
            case [str(slug), str(time), str(incident)]:
                yield slug, (time, incident)
