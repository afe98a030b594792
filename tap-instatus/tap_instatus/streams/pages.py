"""The status pages, the parents of most other streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_fanout import RefusedError, identity

from tap_instatus.client import InstatusListStream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_instatus.records import Row


class Pages(InstatusListStream):
    """A status page that the key can see, limited to `page_ids` if set."""

    name = "pages"
    path = "/v2/pages"
    listed: frozenset[str] = frozenset()
    """All pages of the account, once the list was read."""

    @property
    def not_chosen(self) -> frozenset[str]:
        """The listed pages that a setting leaves out."""
        chosen = self._tap.page_ids
        return self.listed - chosen if chosen else frozenset()

    def resources(self, page: Any) -> list[Any]:
        """The chosen pages."""
        chosen = self._tap.page_ids
        return [resource for resource in super().resources(page) if not chosen or identity(resource) in chosen]

    def rows(self, since: str | None = None) -> Iterator[Row]:
        """Yield the pages that can be parents."""
        for row in super().rows(since):
            key = identity(row)
            if key is None:
                self.leave_out("a page without an id was sent, of which nothing can be read")
            else:
                yield {**row, "id": str(key)}

    def pages(self, since: str | None = None) -> Iterator[Any]:
        """Yield the whole list, and report pages that are not in it."""
        listed: set[str] = set()
        for page in super().pages(since):
            listed |= {str(identity(resource)) for resource in page if identity(resource) is not None}
            yield page
        self.listed = frozenset(listed)
        for page_id in sorted(self._tap.page_ids - self.listed):
            text = f"page_ids: the key sees no page {page_id!r}"
            if self._tap.strict:
                raise RefusedError(text)
            self._tap.summary.warn_once(text)

    def read_rows(self) -> Iterator[Row]:
        """Yield the chosen pages; each is a separate part."""
        rows = list(super().read_rows())
        keys = {str(key) for row in rows if (key := identity(row)) is not None}
        self.announce_parts(keys)
        for key in keys:
            self.parts.begin(key)
            self.parts.end(key)
        yield from rows
        for page in sorted(self.not_chosen):
            self.parts.leave_out(f"page {page}", page)
        if self.is_complete:
            self.parts.list_whole(self.listed)
