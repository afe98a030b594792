"""The incidents that public pages showed when last read: those no longer shown have ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator


class ShownIncidents:
    """The incidents that each page last showed, as kept in a stream's state.

    Args:
        state: The stream's part of the state, kept up to date.
    """

    def __init__(self, state: dict[str, Any]) -> None:
        self._state = state
        self._pages = dict(_legible(state.get("shown")))

    def departed(self, page: str, mentioned: Collection[str]) -> list[tuple[str, str]]:
        """The incidents that a page showed and no longer mentions, each with the time at which it was last seen."""
        seen_at, incidents = self._pages.get(page, ("", ()))
        return [(incident, seen_at) for incident in incidents if incident not in mentioned]

    def remember(self, page: str, seen_at: str, shown: Iterable[str], mentioned: Collection[str]) -> None:
        """Record the incidents that a page shows, and earlier ones that it still mentions, maybe in another form."""
        _, before = self._pages.pop(page, ("", ()))
        incidents = tuple(dict.fromkeys([*shown, *(each for each in before if each in mentioned)]))
        if incidents:
            self._pages[page] = seen_at, incidents
        self._write()

    def forget_all_but(self, pages: Collection[str]) -> None:
        """Drop pages that are gone: their incidents have not ended."""
        self._pages = {page: kept for page, kept in self._pages.items() if page in pages}
        self._write()

    def _write(self) -> None:
        # A list: when states are merged, keys cannot be removed from an object.
        self._state["shown"] = [
            {"page": page, "seen_at": seen_at, "incidents": list(incidents)}
            for page, (seen_at, incidents) in self._pages.items()
        ]


def _legible(kept: Any) -> Iterator[tuple[str, tuple[str, tuple[str, ...]]]]:
    for entry in kept if isinstance(kept, list) else ():
        match entry:
            case {"page": str(page), "seen_at": str(seen_at), "incidents": [*incidents]}:
                yield page, (seen_at, tuple(each for each in incidents if isinstance(each, str)))
