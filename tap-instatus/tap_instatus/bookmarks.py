"""Up to when the rows of each page were emitted, for runs that emit only what was changed.

Every page has a bookmark of its own: a page that the key sees for the first time brings rows that are older than
those that were emitted of the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_fanout import SettingsError, earlier

if TYPE_CHECKING:
    from collections.abc import Iterable

UNCERTAIN_SECONDS = 300.0
"""A change may be seen so much later than the time that it bears: clocks differ, and writing takes time."""


class Bookmarks:
    """The bookmarks of a stream.

    Args:
        stream: Its name.
        state: Its part of the state, which is kept up to date.

    Raises:
        SettingsError: The state holds something else.
    """

    def __init__(self, stream: str, state: dict[str, Any]) -> None:
        self._state = state
        kept = state.get("page_bookmarks", {})
        if not isinstance(kept, dict) or not all(isinstance(time, str) for time in kept.values()):
            raise SettingsError(f"The state of the stream {stream} holds page_bookmarks that no tap has written.")
        self._kept: dict[str, str] = kept

    def is_new(self, page: str, updated_at: str | None) -> bool:
        """Whether a row may have changed since it was emitted last; the bookmark itself counts."""
        known = self._kept.get(page)
        return known is None or updated_at is None or updated_at >= known

    def move(self, pages: Iterable[str], newest: str, began: str) -> None:
        """Remember that everything was emitted of these pages.

        Args:
            pages: Their ids.
            newest: The latest time of change among the rows.
            began: When the first of the rows were read: what changed after that may not have been seen.
        """
        bookmark = min(newest, earlier(began, UNCERTAIN_SECONDS))
        self._kept.update(dict.fromkeys(pages, bookmark))
        self._write()

    def forget_all_but(self, pages: Iterable[str]) -> None:
        """Forget the pages that are gone."""
        for gone in self._kept.keys() - set(pages):
            del self._kept[gone]
        self._write()

    def _write(self) -> None:
        if self._kept:
            self._state["page_bookmarks"] = self._kept
            self._state["replication_key"] = "updated_at"
            self._state["replication_key_value"] = max(self._kept.values())
