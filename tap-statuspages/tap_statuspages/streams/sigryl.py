"""Pages of Sigryl: what they show, their incidents, and what was told of those."""

from __future__ import annotations

import itertools
import time
from collections import deque
from typing import TYPE_CHECKING, Any, ClassVar

from singer_fanout import Answer, FanOutStream

from tap_statuspages.client import STATUS, SigrylListStream, SigrylStream
from tap_statuspages.memory import Memory, is_resolved, place

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping

    from tap_statuspages.records import Row

NANOSECONDS = 1_000_000
"""In a millisecond, the unit of versions: two runs may begin in the same second."""


class StatusPages(SigrylStream):
    """The pages themselves."""

    name = "status_pages"
    path = STATUS
    primary_keys = ("slug",)

    def read_rows(self) -> Iterator[Row]:
        """Yield a row for each page."""
        for _, body in self.of_pages(self.path):
            yield self.row(body)


class Components(SigrylListStream):
    """The parts of a service whose state a page shows."""

    name = "components"
    path = "/api/v1/components"
    envelope = "components"


class Incidents(SigrylListStream):
    """What went wrong, and how it stands."""

    name = "incidents"
    path = "/api/v1/incidents"
    envelope = "incidents"

    def list_params(self, since: str | None) -> dict[str, Any]:  # noqa: ARG002
        """All of them, or those that are not resolved."""
        return {"status": "active"} if self._tap.only_active else {}

    def pages(self, since: str | None = None) -> Iterator[tuple[str, Any]]:
        """Yield the incidents of each page."""
        yield from super().pages(since)
        if self._tap.only_active:
            self.leave_out("the setting status leaves resolved incidents out")


class IncidentUpdates(SigrylListStream, FanOutStream):
    """What was told of an incident: one request for each that is new, open, or was so when it was last read.

    The rows of the others are in the target already, so all rows carry one version, from run to run, that is
    activated after each complete read. When an incident or an update is gone, everything is read once more under a
    new version, by which the target knows what to delete.
    """

    name = "incident_updates"
    path = "/api/v1/incidents/detail"
    envelope = "updates"
    parent_stream = "incidents"
    parent_fields: ClassVar[Mapping[str, str]] = {"page_slug": "page_slug", "incident_id": "id"}
    primary_keys = ("page_slug", "incident_id", "created_at", "position")

    def child_params(self, parent: Row) -> dict[str, Any]:
        """Which incident."""
        return {"id": parent["incident_id"]}

    def get(self, path: str, params: Mapping[str, Any] | None = None, **keys: object) -> Answer:
        """Get an incident with the key of its page."""
        (page,) = (page for page in self._tap.status_pages if page.slug == keys["page_slug"])
        return self.get_from(page, page.client.url(path, params))

    @property
    def can_resume(self) -> bool:
        """Whether the state tells, in mid-stream, which incidents were read."""
        return not self._tap.only_active

    def read_rows(self) -> Iterator[Row]:
        """Yield the updates of the incidents that may have changed."""
        listed = self._listed()
        passing = self._tap.only_active or self.is_dry_run
        memory = Memory({} if passing else self.stream_state)
        if not passing and self._must_begin_anew(memory, listed):
            self._begin_anew(memory)
        is_whole = yield from self._read(listed, memory)
        if not is_whole:
            self._begin_anew(memory)
            yield from self._read(listed, memory)

    def parse_page(self, page: Any) -> Iterable[Row]:
        """The updates of an incident, oldest first.

        They have no id: two of the same millisecond are told apart by their position among those.
        """
        updates = [self.row(update) for update in page[self.envelope]]
        if updates and _time(updates[0]) > _time(updates[-1]):
            # Newest first: those of the same millisecond are, too.
            updates.reverse()
        for _, together in itertools.groupby(sorted(updates, key=_time), key=_time):
            for position, row in enumerate(together):
                yield {**row, "position": position}

    def _listed(self) -> dict[str, list[Row]]:
        """The incidents of each page, oldest first."""
        parent = self.parent
        listed = {page[0]: sorted(parent.parse_page(page), key=place) for page in parent.pages()}
        if not parent.is_complete:
            self.leave_out(f"not all of its parents, {self.parent_stream}, were read")
        return listed

    def _read(self, listed: Mapping[str, list[Row]], memory: Memory) -> Generator[Row, None, bool]:
        """Yield what has to be read; returns False as soon as an update is found to be gone that was there."""
        waiting = {slug: deque(filter(memory.of(slug).needs, incidents)) for slug, incidents in listed.items()}
        # For a first record, the newest incident is the one that most likely has an update.
        for parent, pages in self.fan_out(_by_turns(waiting)[-1 if self.is_dry_run else 0 :]):
            slug = parent["page_slug"]
            known = memory.of(slug)
            while (incident := waiting[slug].popleft())["id"] != parent["incident_id"]:
                # It was refused.
                known.pass_over(incident)
            for page in pages:
                updates = list(self.parse_page(page))
                if self._stream_version is not None and known.lost(incident, updates):
                    return False
                yield from ({**parent, **update} for update in updates)
                # It may have been resolved, or opened again, since it was listed.
                known.read(incident, updates, done=is_resolved(incident) and is_resolved(page.get("incident", {})))
            memory.keep(slug)
            self.state_manager.is_flushed = False
        return True

    # Versions

    def _begin_version(self) -> bool:
        """Go on under the version of the runs before: it is that of the rows which are not read again."""
        super()._begin_version()
        if self._stream_version is not None:
            self._stream_version = self.stream_state.get("table_version", self._stream_version)
        return True

    def _must_begin_anew(self, memory: Memory, listed: Mapping[str, list[Row]]) -> bool:
        """Whether everything has to be read, because something is gone or because nothing is known."""
        if self._stream_version is not None and self._stream_version != self.stream_state.get("table_version"):
            return True
        return bool(self._tap.setting("reread_resolved")) or not memory.fits(listed, all_pages=self.is_complete)

    def _begin_anew(self, memory: Memory) -> None:
        """Forget what was read, and begin a version by which the target knows what is gone."""
        memory.forget()
        state = self.stream_state
        last = state.pop("table_version", 0)
        if self._stream_version is not None:
            self._stream_version = max(last + 1, time.time_ns() // NANOSECONDS)
            state["table_version"] = self._stream_version


def _by_turns(incidents: Mapping[str, Iterable[Row]]) -> list[Row]:
    """The keys of the incidents of all pages, by turns: each page has a budget of its own."""
    keys = ([{"page_slug": slug, "incident_id": row["id"]} for row in rows] for slug, rows in incidents.items())
    return [key for turn in itertools.zip_longest(*keys) for key in turn if key is not None]


def _time(update: Row) -> str:
    return update["created_at"] or ""
