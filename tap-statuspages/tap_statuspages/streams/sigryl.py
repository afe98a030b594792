"""Streams of Sigryl: pages, components, incidents and their updates."""

from __future__ import annotations

import itertools
import time
from collections import deque
from typing import TYPE_CHECKING, Any, ClassVar, cast

from singer_fanout import Answer, FanOutStream, MalformedError

from tap_statuspages.client import STATUS, SigrylListStream, SigrylStream
from tap_statuspages.memory import Memory, is_resolved, place
from tap_statuspages.old_ends import MANY, OldEnds
from tap_statuspages.pagination import is_list_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping

    from tap_statuspages.records import Row
    from tap_statuspages.tap import TapStatusPages

NANOSECONDS = 1_000_000
"""Per millisecond, the unit of versions: two runs may start in the same second."""


class StatusPages(SigrylStream):
    """A status page: one row per key."""

    name = "status_pages"
    path = STATUS
    primary_keys = ("slug",)

    def read_rows(self) -> Iterator[Row]:
        """Yield a row for each page."""
        for slug, body in self.of_pages(self.path):
            yield {**self.row(body), "slug": slug}


class Components(SigrylListStream):
    """A component of a status page, with its status."""

    name = "components"
    path = "/api/v1/components"
    envelope = "components"


class Incidents(SigrylListStream):
    """An incident, with its current status."""

    name = "incidents"
    path = "/api/v1/incidents"
    envelope = "incidents"

    def list_params(self, since: str | None) -> dict[str, Any]:  # noqa: ARG002
        """Request all incidents, or only unresolved ones."""
        return {"status": "active"} if self._tap.only_active else {}

    def __init__(self, tap: TapStatusPages) -> None:
        super().__init__(tap)
        self.cut: set[str] = set()
        """Pages whose list has lost many of its oldest incidents at once."""

    def pages(self, since: str | None = None) -> Iterator[tuple[str, Any]]:
        """Yield the incidents of each page."""
        return self.pages_for(self, since)

    def pages_for(self, reader: SigrylStream, since: str | None = None) -> Iterator[tuple[str, Any]]:
        """The same on behalf of a stream made from them, in which a page that cannot be read is then missing."""
        pages = reader.of_pages(self.path, self.list_params(since), check=self.check)
        if self._tap.only_active:
            yield from pages
            self.leave_out("the setting status leaves resolved incidents out")
        elif self.is_dry_run:
            yield from pages
        else:
            yield from self._watched(pages, reader)

    def _watched(self, pages: Iterable[tuple[str, Any]], reader: SigrylStream) -> Iterator[tuple[str, Any]]:
        """Yield the pages, after checking that their lists reach as far back as before."""
        old_ends, slugs = OldEnds(self.stream_state), set()
        for slug, body in pages:
            slugs.add(slug)
            places = [place(row) for row in self.parse_page((slug, body)) if row["id"] is not None]
            if old_ends.is_cut(slug, places):
                self.cut.add(slug)
                self.leave_out(
                    f"the list of {slug} has lost its {MANY} oldest incidents at once, or more of them. If it is cut "
                    "there now, they are not gone, so nothing is deleted. If they were deleted, run once with "
                    "--full-refresh, or without a state: the list is taken as it is then"
                )
            else:
                old_ends.remember(slug, places)
            yield slug, body
        if self.is_complete and not reader.missing:
            old_ends.forget_all_but(slugs)
        old_ends.write()
        self.state_manager.is_flushed = False


class IncidentUpdates(SigrylListStream, FanOutStream):
    """One update posted to an incident's timeline; one request for each incident that may have changed.

    The other incidents' rows are already in the target, so all runs use one version, which is activated after each
    complete read. When an incident or an update is gone, everything is read again under a new version, so that the
    target deletes it.
    """

    name = "incident_updates"
    path = "/api/v1/incidents/detail"
    envelope = "updates"
    parent_stream = "incidents"
    parent_fields: ClassVar[Mapping[str, str]] = {"page_slug": "page_slug", "incident_id": "id"}
    primary_keys = ("page_slug", "incident_id", "created_at", "position")

    def child_params(self, parent: Row) -> dict[str, Any]:
        """The id of the incident."""
        return {"id": parent["incident_id"]}

    def get(self, path: str, params: Mapping[str, Any] | None = None, **keys: object) -> Answer:
        """Get an incident with the key of its page."""
        (page,) = (page for page in self._tap.status_pages if page.label == keys["page_slug"])
        answer = self.get_from(page, page.client.url(path, params))
        if is_list_of(self.envelope, answer.body):
            return answer
        raise MalformedError(f"GET {answer.url} answered without a list of {self.envelope}")

    @property
    def _incidents(self) -> Incidents:
        return cast("Incidents", self.parent)

    @property
    def can_resume(self) -> bool:
        """Whether a state written in mid-stream says which incidents were read."""
        return not self._tap.only_active

    def read_rows(self) -> Iterator[Row]:
        """Yield the updates of the incidents that may have changed."""
        self._without_time = self._without_key = 0
        listed = self._listed()
        passing = self._tap.only_active or self.is_dry_run
        memory = Memory({} if passing else self.stream_state)
        if not passing and self._must_begin_anew(memory, listed):
            self._begin_anew(memory)
        is_whole = yield from self._read(listed, memory)
        if not is_whole:
            self._without_time = self._without_key = 0
            self._begin_anew(memory)
            yield from self._read(listed, memory)
        self._tell_what_lacks_a_time()

    def parse_page(self, page: Any) -> Iterable[Row]:
        """Yield the updates of an incident of which nothing else is known; see `_updates`."""
        return self._updates(page, {})

    def _updates(self, page: Any, incident: Row) -> Iterator[Row]:
        """The updates of an incident, oldest first.

        They have no id: updates of the same millisecond are numbered by position. One without a time gets that of the
        update before it, or of the incident.
        """
        updates = [self.row(update) for update in self.objects(page)]
        told = [update["created_at"] for update in updates if update["created_at"]]
        if told and told[0] > told[-1]:
            # Newest first, which includes those of the same millisecond.
            updates.reverse()
        before = incident.get("created_at")
        for update in updates:
            self._without_time += not update["created_at"]
            before = update["created_at"] = update["created_at"] or before
            self._without_key += before is None
        placed = sorted((update for update in updates if update["created_at"]), key=_time)
        for _, together in itertools.groupby(placed, key=_time):
            for position, row in enumerate(together):
                yield {**row, "position": position}

    def _tell_what_lacks_a_time(self) -> None:
        if kept := self._without_time - self._without_key:
            self._tap.summary.warn_once(
                f"{self.name}: {kept} updates come without a time; each is kept under that of the update before it"
            )
        if self._without_key:
            self.leave_out(f"{self._without_key} updates come without a time, as is whatever stands before them")

    def _listed(self) -> dict[str, list[Row]]:
        """The incidents of each page, oldest first."""
        parent = self._incidents
        listed = {}
        for slug, body in parent.pages_for(self):
            incidents = list(parent.parse_page((slug, body)))
            listed[slug] = sorted((row for row in incidents if row["id"] is not None), key=place)
            if len(listed[slug]) < len(incidents):
                self.leave_out(f"{slug} lists incidents without an id")
        if not parent.is_complete:
            self.leave_out(f"not all of its parents, {self.parent_stream}, were read")
        return listed

    def _read(self, listed: Mapping[str, list[Row]], memory: Memory) -> Generator[Row, None, bool]:
        """Yield what has to be read; returns False as soon as an earlier update is found to be gone."""
        waiting = {slug: deque(filter(memory.of(slug).needs, incidents)) for slug, incidents in listed.items()}
        # Before the first row: otherwise rows of a killed run that are then deleted at the source go unnoticed.
        for slug, incidents in waiting.items():
            for incident in incidents:
                memory.of(slug).pass_over(incident)
            memory.keep(slug)
        self.state_manager.is_flushed = False
        if any(waiting.values()):
            self.write_state_first()
        # In a connection test, the newest incident is the most likely to have an update.
        for parent, pages in self.fan_out(_by_turns(waiting)[-1 if self.is_dry_run else 0 :]):
            slug = parent["page_slug"]
            known = memory.of(slug)
            while (incident := waiting[slug].popleft())["id"] != parent["incident_id"]:
                # Refused.
                known.pass_over(incident)
            for page in pages:
                updates = list(self._updates(page, incident))
                if self._stream_version is not None and known.lost(incident, updates):
                    return False
                yield from ({**update, **parent} for update in updates)
                # It may have been resolved or reopened since it was listed.
                known.read(incident, updates, done=is_resolved(incident) and is_resolved(page.get("incident")))
            memory.keep(slug)
            self.state_manager.is_flushed = False
        return True

    # Versions

    def _begin_version(self) -> bool:
        """Keep the version of earlier runs, which is that of the rows that are not read again."""
        super()._begin_version()
        if self._stream_version is not None:
            self._stream_version = self.stream_state.get("table_version", self._stream_version)
        return True

    def _must_begin_anew(self, memory: Memory, listed: Mapping[str, list[Row]]) -> bool:
        """Whether everything has to be read, because something is gone or nothing is known."""
        if self._stream_version is not None and self._stream_version != self.stream_state.get("table_version"):
            return True
        return bool(self._tap.setting("reread_resolved")) or not self._fits(memory, listed)

    def _fits(self, memory: Memory, listed: Mapping[str, list[Row]]) -> bool:
        """Whether everything that was read still exists, as far as the lists show."""
        cut = self._incidents.cut
        whole = {slug: incidents for slug, incidents in listed.items() if slug not in cut}
        return memory.fits(whole, given_up=self._tap.setting("give_up_parts") or ())

    def _begin_anew(self, memory: Memory) -> None:
        """Clear what was read, and start a new version, so that the target deletes what is gone."""
        memory.forget()
        state = self.stream_state
        last = state.pop("table_version", 0)
        if self._stream_version is not None:
            self._stream_version = max(last + 1, time.time_ns() // NANOSECONDS)
            state["table_version"] = self._stream_version
        # Before its first row: if this run is killed, the next one must not activate the previous version.
        if self.can_resume:
            self.write_state_first()


def _by_turns(incidents: Mapping[str, Iterable[Row]]) -> list[Row]:
    """The keys of the incidents of all pages, interleaved, because each page has its own budget."""
    keys = ([{"page_slug": slug, "incident_id": row["id"]} for row in rows] for slug, rows in incidents.items())
    return [key for turn in itertools.zip_longest(*keys) for key in turn if key is not None]


def _time(update: Row) -> str:
    return str(update["created_at"])
