"""Whether a list has been cut at its old end: then what it tells no longer is not gone.

Sigryl documents no cap on its list of incidents. Should it get one, the oldest incidents vanish from the list, many
at once, and a table that followed it would lose them. So the place of the tenth oldest incident of each page is
remembered. A list whose incidents are all newer than that has lost its ten oldest, and whatever else was as old, at
once: it counts as cut. Incidents that are deleted one by one move the place along.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from tap_statuspages.memory import Place

MANY = 10
"""So many of the oldest incidents, all gone at once, are not deletes."""


class OldEnds:
    """The old ends of the lists of all pages, as they stand in a stream's state.

    Args:
        state: The stream's.
    """

    def __init__(self, state: dict[str, Any]) -> None:
        self._state = state
        self._known = dict(_legible(state.get("old_ends")))

    def is_cut(self, slug: str, places: Collection[Place]) -> bool:
        """Whether a page's list has lost its oldest incidents, many at once."""
        known = self._known.get(slug)
        return known is not None and not any(place <= known for place in places)

    def remember(self, slug: str, places: Iterable[Place]) -> None:
        """Keep where the old end of a page's list lies; a list of fewer incidents has none."""
        oldest = sorted(places)[:MANY]
        self._known.pop(slug, None)
        if len(oldest) == MANY:
            self._known[slug] = oldest[-1]

    def forget_all_but(self, slugs: Collection[str]) -> None:
        """Drop the pages that are gone."""
        self._known = {slug: place for slug, place in self._known.items() if slug in slugs}

    def write(self) -> None:
        """Write all that is known into the state."""
        # A list: where states are merged, nothing can be taken out of an object.
        self._state["old_ends"] = [[slug, *place] for slug, place in self._known.items()]


def _legible(kept: Any) -> Iterable[tuple[str, Place]]:
    for entry in kept if isinstance(kept, list) else ():
        match entry:
            case [str(slug), str(time), str(incident)]:
                yield slug, (time, incident)
