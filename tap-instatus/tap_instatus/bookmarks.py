"""Bookmarks per page, for runs that emit only changed rows.

Each page has its own bookmark: a page that is new to the key has rows older than those already emitted from other
pages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_fanout import SettingsError, earlier

if TYPE_CHECKING:
    from collections.abc import Iterable

UNCERTAIN_SECONDS = 300.0
"""How much later than its timestamp a change may become visible: clocks differ, and writes take time."""


class Bookmarks:
    """The bookmarks of a stream.

    Args:
        stream: Its name.
        state: Its part of the state, kept up to date.

    Raises:
        SettingsError: The state does not hold bookmarks.
    """

    def __init__(self, stream: str, state: dict[str, Any]) -> None:
        self._state = state
        kept = state.get("page_bookmarks", {})
        if not isinstance(kept, dict) or not all(isinstance(time, str) for time in kept.values()):
            raise SettingsError(f"The state of the stream {stream} holds page_bookmarks that no tap has written.")
        self._kept: dict[str, str] = kept

    def is_new(self, page: str, updated_at: str | None) -> bool:
        """Whether a row may have changed since it was last emitted; the bookmark's own time counts as new."""
        known = self._kept.get(page)
        return known is None or updated_at is None or updated_at >= known

    def move(self, pages: Iterable[str], newest: str, began: str) -> None:
        """Record that all rows of these pages were emitted.

        Args:
            pages: Their ids.
            newest: The latest time of change among the rows.
            began: When the first of the rows were read: later changes may not have been seen.
        """
        bookmark = min(newest, earlier(began, UNCERTAIN_SECONDS))
        self._kept.update(dict.fromkeys(pages, bookmark))
        self._write()

    def forget_all_but(self, pages: Iterable[str]) -> None:
        """Drop the bookmarks of pages that are gone."""
        for gone in self._kept.keys() - set(pages):
            del self._kept[gone]
        self._write()

    def _write(self) -> None:
        if self._kept:
            self._state["page_bookmarks"] = self._kept
            self._state["replication_key"] = "updated_at"
            self._state["replication_key_value"] = max(self._kept.values())
