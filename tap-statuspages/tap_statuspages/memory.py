"""What the state records about a page's incidents, so that the next run reads only what may have changed.

Sigryl reports no time of change, and the updates of each incident take a request. A resolved incident is done. The
ids of those read as resolved need not be kept: it is enough to know the newest incident that was read, and which of
those up to it have to be read again. A checksum over the ids up to it shows whether they are still the same. So the
state does not grow with the history of a page, only with the number of its open incidents.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

Row = dict[str, Any]
Place = tuple[str, str]
"""The time and the id of an incident: a page's incidents are read in this order."""

RESOLVED = "resolved"
NOTHING: Place = ("", "")


def place(incident: Row) -> Place:
    """The position of an incident among those of its page."""
    return incident["created_at"] or "", incident["id"]


def is_resolved(incident: Any) -> bool:
    """Whether no more updates are expected; False for anything but an incident."""
    return isinstance(incident, dict) and bool(incident.get("status") == RESOLVED)


class PageMemory:
    """What is known about the incidents of one page.

    Args:
        until: The newest one that was read.
        checksum: Over the ids of all up to it.
        again: Those up to it that the next run reads again, because they were not resolved or were refused;
            id -> checksums of the updates that were read.
    """

    def __init__(
        self, until: Place = NOTHING, checksum: int = 0, again: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self._until = until
        self._checksum = checksum
        self._again = {incident: tuple(updates) for incident, updates in (again or {}).items()}

    @classmethod
    def from_state(cls, state: Any) -> PageMemory | None:
        """Restore what `to_state` returned; None for anything else, so that everything is read."""
        try:
            time, incident = state["until"]
            again = {str(key): tuple(map(str, updates)) for key, updates in state["again"].items()}
            return cls((str(time), str(incident)), int(state["checksum"], 16), again)
        except (AttributeError, KeyError, TypeError, ValueError):
            return None

    def to_state(self) -> dict[str, Any]:
        """Return it as JSON values."""
        again = {incident: list(updates) for incident, updates in self._again.items()}
        return {"until": list(self._until), "checksum": f"{self._checksum:016x}", "again": again}

    def fits(self, listed: Iterable[Row]) -> bool:
        """Whether the incidents up to the newest one read are still the same."""
        checksum = 0
        for incident in listed:
            if place(incident) <= self._until:
                checksum ^= _checksum(incident["id"])
        return checksum == self._checksum

    def needs(self, incident: Row) -> bool:
        """Whether an incident's updates have to be read: it is new or open, or was open when they were last read."""
        return place(incident) > self._until or incident["id"] in self._again or not is_resolved(incident)

    def lost(self, incident: Row, updates: Sequence[Row]) -> bool:
        """Whether an update that was read earlier is gone."""
        known = set(self._again.get(incident["id"], ()))
        return not known <= set(_update_checksums(updates))

    def pass_over(self, incident: Row) -> None:
        """Note that an incident was not read, so that the next run reads it."""
        self._advance(incident)
        self._again.setdefault(incident["id"], ())

    def read(self, incident: Row, updates: Sequence[Row], *, done: bool) -> None:
        """Note that an incident was read.

        Args:
            incident: As listed.
            updates: Its updates.
            done: Whether it is resolved and need not be read again.
        """
        self._advance(incident)
        if done:
            self._again.pop(incident["id"], None)
        else:
            self._again[incident["id"]] = tuple(_update_checksums(updates))

    def _advance(self, incident: Row) -> None:
        if place(incident) > self._until:
            self._until = place(incident)
            self._checksum ^= _checksum(incident["id"])


class Memory:
    """What is known about the incidents of all pages, as kept in a stream's state.

    Args:
        state: The stream's part of the state.
    """

    def __init__(self, state: dict[str, Any]) -> None:
        self._state = state
        kept = state.get("pages", {})
        known = (
            {slug: PageMemory.from_state(page) for slug, page in kept.items()} if isinstance(kept, dict) else {"": None}
        )
        self._pages = {slug: page for slug, page in known.items() if page is not None}
        self._is_legible = len(self._pages) == len(known)

    def of(self, slug: str) -> PageMemory:
        """What is known about a page."""
        return self._pages.setdefault(slug, PageMemory())

    def fits(self, listed: Mapping[str, Sequence[Row]], *, given_up: Collection[str]) -> bool:
        """Whether everything that was read still exists.

        Args:
            listed: The incidents of each page that could be read.
            given_up: Pages that count as gone if they could not be read.
        """
        if not self._is_legible or (self._pages.keys() - listed.keys()) & set(given_up):
            return False
        return all(self.of(slug).fits(incidents) for slug, incidents in listed.items())

    def keep(self, slug: str) -> None:
        """Write what is known about a page to the state."""
        self._state.setdefault("pages", {})[slug] = self.of(slug).to_state()

    def forget(self) -> None:
        """Clear it, so that everything is read."""
        self._pages = {}
        self._is_legible = True
        self._state["pages"] = {}


def _update_checksums(updates: Iterable[Row]) -> list[str]:
    return [f"{_checksum(update['created_at'], update['position']):016x}" for update in updates]


def _checksum(*parts: object) -> int:
    text = "\n".join(map(str, parts))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
