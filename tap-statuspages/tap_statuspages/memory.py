"""What a run remembers of the incidents of a page, so that the next one reads only what may have changed.

Sigryl tells no time of change and asks for one request for the updates of each incident. A resolved incident is
done. To know which ones were read when they were resolved, their ids need not be kept: it is enough to know the
newest incident that was read, and which of those up to it are to be read again. A checksum over the ids up to it
tells whether they are still the same ones. So what is remembered does not grow with the history of a page, only
with the number of its open incidents.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

Row = dict[str, Any]
Place = tuple[str, str]
"""The time and the id of an incident: those of a page are read in this order."""

RESOLVED = "resolved"
NOTHING: Place = ("", "")


def place(incident: Row) -> Place:
    """Where an incident stands among those of its page."""
    return incident["created_at"] or "", incident["id"]


def is_resolved(incident: Any) -> bool:
    """Whether nothing more is expected of an incident; of what is none, everything is."""
    return isinstance(incident, dict) and bool(incident.get("status") == RESOLVED)


class PageMemory:
    """The incidents of one page that were read.

    Args:
        until: The newest one.
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
        """What `to_state` wrote; None if it is something else, so that everything is read."""
        try:
            time, incident = state["until"]
            again = {str(key): tuple(map(str, updates)) for key, updates in state["again"].items()}
            return cls((str(time), str(incident)), int(state["checksum"], 16), again)
        except (AttributeError, KeyError, TypeError, ValueError):
            return None

    def to_state(self) -> dict[str, Any]:
        """As JSON values."""
        again = {incident: list(updates) for incident, updates in self._again.items()}
        return {"until": list(self._until), "checksum": f"{self._checksum:016x}", "again": again}

    def fits(self, listed: Iterable[Row]) -> bool:
        """Whether the incidents up to the newest one that was read are still the same."""
        checksum = 0
        for incident in listed:
            if place(incident) <= self._until:
                checksum ^= _checksum(incident["id"])
        return checksum == self._checksum

    def needs(self, incident: Row) -> bool:
        """Whether an incident's updates have to be read: it is new, or open, or was so when they were last read."""
        return place(incident) > self._until or incident["id"] in self._again or not is_resolved(incident)

    def lost(self, incident: Row, updates: Sequence[Row]) -> bool:
        """Whether an update that was read earlier is not there any more."""
        known = set(self._again.get(incident["id"], ()))
        return not known <= set(_update_checksums(updates))

    def pass_over(self, incident: Row) -> None:
        """An incident was not read: the next run has to."""
        self._advance(incident)
        self._again.setdefault(incident["id"], ())

    def read(self, incident: Row, updates: Sequence[Row], *, done: bool) -> None:
        """An incident was read.

        Args:
            incident: As listed.
            updates: Its updates.
            done: Whether it is resolved, and need not be read again.
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
    """The incidents of all pages that were read, as they stand in a stream's state.

    Args:
        state: The stream's; whatever is remembered is written there.
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
        """What is remembered of a page."""
        return self._pages.setdefault(slug, PageMemory())

    def fits(self, listed: Mapping[str, Sequence[Row]], *, given_up: Collection[str]) -> bool:
        """Whether all that was read is still there.

        Args:
            listed: The incidents of each page that could be read.
            given_up: Pages that count as gone if they could not.
        """
        if not self._is_legible or (self._pages.keys() - listed.keys()) & set(given_up):
            return False
        return all(self.of(slug).fits(incidents) for slug, incidents in listed.items())

    def keep(self, slug: str) -> None:
        """Write what is remembered of a page."""
        self._state.setdefault("pages", {})[slug] = self.of(slug).to_state()

    def forget(self) -> None:
        """Remember nothing: everything is to be read."""
        self._pages = {}
        self._is_legible = True
        self._state["pages"] = {}


def _update_checksums(updates: Iterable[Row]) -> list[str]:
    return [f"{_checksum(update['created_at'], update['position']):016x}" for update in updates]


def _checksum(*parts: object) -> int:
    text = "\n".join(map(str, parts))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
