"""The status pages: everything else hangs from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_fanout import RefusedError

from tap_instatus.client import InstatusListStream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_instatus.records import Row


class Pages(InstatusListStream):
    """The status pages that the key sees, or those of them that the setting names."""

    name = "pages"
    path = "/v2/pages"
    listed: frozenset[str] = frozenset()
    """All pages of the account, once they were read."""

    @property
    def not_chosen(self) -> frozenset[str]:
        """Those of them that a setting leaves out."""
        chosen = self._tap.page_ids
        return self.listed - chosen if chosen else frozenset()

    def resources(self, page: Any) -> list[Any]:
        """The chosen ones."""
        chosen = self._tap.page_ids
        return [resource for resource in page if not chosen or resource["id"] in chosen]

    def pages(self, since: str | None = None) -> Iterator[Any]:
        """The whole list, with a word about what is not in it."""
        listed: set[str] = set()
        for page in super().pages(since):
            listed |= {resource["id"] for resource in page}
            yield page
        self.listed = frozenset(listed)
        for page_id in sorted(self._tap.page_ids - self.listed):
            text = f"page_ids: the key sees no page {page_id!r}"
            if self._tap.strict:
                raise RefusedError(text)
            self._tap.summary.warn_once(text)

    def read_rows(self) -> Iterator[Row]:
        """Yield the chosen pages; each is a part of its own."""
        for row in super().read_rows():
            self.begin_part(row["id"])
            self.parts.end(row["id"])
            yield row
        for page in sorted(self.not_chosen):
            self.parts.leave_out(f"page {page}", page)
        self.parts.list_whole(self.listed)
