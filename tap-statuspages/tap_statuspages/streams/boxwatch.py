"""Streams of BoxWatch: accounts' pages, monitors, and the incidents on their public pages."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, cast

from singer_fanout import SettingsError

from tap_statuspages.client import AppendedStream, BoxWatchListStream, BoxWatchPublicStream
from tap_statuspages.departures import ShownIncidents
from tap_statuspages.records import (
    incidents_in,
    mentioned_in,
    speaks_of_incidents,
    updates_in,
    without_entities,
    without_texts,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tap_statuspages.records import Row
    from tap_statuspages.tap import TapStatusPages

SERVER = ("server_id", "hostname")
"""Fields of a server in a custom endpoint that are not metrics."""


class StatusPages(BoxWatchListStream):
    """A status page of an account."""

    name = "status_pages"
    path = "/status-pages"
    envelope = "status_pages"

    def pages(self, since: str | None = None) -> Iterator[tuple[str | None, Any]]:
        """Yield the name of each account and its pages.

        Raises:
            SettingsError: Two keys open the same account.
        """
        accounts: dict[Any, str | None] = {}
        for account, body in super().pages(since):
            for page in self.objects(body):
                other = accounts.setdefault(str(page.get("id")), account)
                if page.get("id") is not None and other != account:
                    raise SettingsError(
                        f"accounts: {other} and {account} are the same account; they have a status page in common"
                    )
            yield account, body


class Servers(BoxWatchListStream):
    """A monitored server, with its latest readings."""

    name = "servers"
    path = "/servers"
    envelope = "servers"
    account_identifies = True

    def row(self, sent: Mapping[str, Any]) -> Row:
        """The names of metrics are open-ended, so their flags are converted to booleans here."""
        row = super().row(sent)
        if isinstance(row["enabled_metrics"], dict):
            row["enabled_metrics"] = {name: _switch(value) for name, value in row["enabled_metrics"].items()}
        return row


class CronChecks(BoxWatchListStream):
    """A monitored cron job, which reports its own runs."""

    name = "cron_checks"
    path = "/cron-checks"
    envelope = "checks"
    account_identifies = True
    # Anyone who knows the slug can report a run of the job.
    hidden = frozenset({"slug"})


class UptimeChecks(BoxWatchListStream):
    """An uptime check of one address."""

    name = "uptime_checks"
    path = "/uptime-checks"
    envelope = "checks"
    account_identifies = True


class Webhooks(BoxWatchListStream):
    """A webhook that is notified of alerts; its address is left out, because it works like a password."""

    name = "webhooks"
    path = "/webhooks"
    envelope = "webhooks"
    account_identifies = True
    # Anyone who knows the URL of a chat's webhook can post there.
    hidden = frozenset({"url"})


class EndpointMetrics(AppendedStream, BoxWatchListStream):
    """One server's metrics at one time, as reported by a custom endpoint."""

    name = "endpoint_metrics"
    path = "/endpoints/data"
    envelope = "data"
    primary_keys = ("endpoint", "server_id", "read_at")
    account_identifies = True

    def __init__(self, tap: TapStatusPages) -> None:
        super().__init__(tap)
        # Without a key there is nothing to read.
        self.selected_by_default = tap.has_endpoints

    def pages(self, since: str | None = None) -> Iterator[tuple[str | None, Any]]:
        """Yield the name of each endpoint's account and its response."""
        if not self._tap.endpoints:
            return
        for endpoint, answer in self.told_by(self._tap.endpoints, since):
            # The time of the read, if the response has none.
            yield endpoint.label, {"timestamp": answer.received_at, **answer.body}

    def parse_page(self, page: Any) -> Iterable[Row]:
        """Yield a row for each server; all of its other fields are metrics."""
        account, body = page
        read_at = self._tap.times.utc(body["timestamp"]) or self._tap.extracted_at
        for item in self.objects(body):
            told = {name: item.get(name) for name in SERVER}
            row = self.row({**told, "endpoint": body.get("endpoint"), "read_at": read_at})
            yield {**row, "account": account, "metrics": self._readings(item)}

    def _readings(self, item: Mapping[str, Any]) -> Row:
        """The metrics: numbers and booleans. Strings are undocumented and may be anything."""
        readings = {name: value for name, value in item.items() if name not in SERVER}
        for name in [name for name, value in readings.items() if isinstance(value, str)]:
            del readings[name]
            self._tap.summary.drift(self.name, f"metrics.{name}")
        return {name: without_texts(value) for name, value in readings.items()}


class BoxWatchIncidentsStream(BoxWatchPublicStream):
    """A stream of the incidents on public pages."""

    def incidents(self, page: Any) -> list[Row]:
        """The incidents in a public response; one that does not mention incidents deletes none."""
        self.speaks_of_them(page)
        return incidents_in(page)

    def speaks_of_them(self, page: Any) -> bool:
        """Whether a public response says which incidents there are; that of a page which is switched off does not."""
        if page is None:
            return False
        speaks = speaks_of_incidents(page)
        if not speaks:
            self.leave_out("the answer of a public page does not mention incidents")
        return speaks

    def _begin_version(self) -> bool:
        """Keep incidents that are no longer shown, if so configured: no version is activated."""
        return super()._begin_version() and not self._tap.keeps_ended_incidents


class Incidents(BoxWatchIncidentsStream):
    """An incident shown on a public status page."""

    name = "incidents"

    def parse_page(self, page: Any) -> Iterable[Row]:
        """Yield a row for each incident, wherever in the response it is."""
        for incident in self.incidents(page):
            if incident["id"] is None:
                self.without_key("incidents come without an id")
                continue
            row = self.row(incident)
            servers = row.pop("affected_servers", None)
            yield {**without_entities(row), "affected_servers": _ids(servers)}


class IncidentUpdates(BoxWatchIncidentsStream):
    """One update posted to an incident's timeline."""

    name = "incident_updates"

    def parse_page(self, page: Any) -> Iterable[Row]:
        """Yield a row for each update, wherever in the response it is.

        One without an id gets one made from its incident, its time, and its position among those of the same second.
        """
        self.speaks_of_them(page)
        places: Counter[str] = Counter()
        for update in updates_in(page):
            row = without_entities(self.row(update))
            if row["id"] is None and row["incident_id"] and row.get("created_at"):
                made = f"{row['incident_id']}/{row['created_at']}"
                row["id"] = f"{made}/{places[made]}"
                places[made] += 1
            if row["id"] is None:
                self.without_key("updates come without an id, and without an incident or a time to make one of")
            else:
                yield row


class IncidentDepartures(AppendedStream, BoxWatchIncidentsStream):
    """An incident that a public page no longer shows: it has been resolved or deleted."""

    name = "incident_departures"
    primary_keys = ("status_page_id", "incident_id", "last_seen_at")

    def read_rows(self) -> Iterator[Row]:
        """Yield the incidents that are no longer shown, and record those that are.

        A page that cannot be read, is switched off, or does not mention incidents says nothing: what it showed before
        is kept until it can be read. Incidents of a page that is gone are dropped.
        """
        shown = ShownIncidents(self.stream_state)
        pages: set[str] = set()
        for parent, answers in self.fan_out(self._noting(pages)):
            for answer in answers:
                yield from self._departed(parent, answer, shown)
        if self._knows_all_pages and not self.is_dry_run:
            shown.forget_all_but(pages)
            self.state_manager.is_flushed = False

    def parse_page(self, page: Any) -> Iterable[Row]:
        """Yield nothing: departures follow from earlier responses."""
        raise NotImplementedError

    @property
    def _knows_all_pages(self) -> bool:
        parent = cast("StatusPages", self.parent)
        return self.is_complete and parent.is_complete and not parent.missing

    def _noting(self, pages: set[str]) -> Iterator[Row]:
        for parent in self.parents():
            pages.add(str(parent["status_page_id"]))
            yield parent

    def _departed(self, parent: Row, answer: Any, shown: ShownIncidents) -> Iterator[Row]:
        page, now = parent["status_page_id"], self._tap.extracted_at
        if page is None or now is None or not self.speaks_of_them(answer):
            return
        ids = [incident["id"] for incident in incidents_in(answer)]
        if None in ids:
            self.leave_out("incidents come without an id: it is unknown whether the missing ones are among them")
            return
        mentioned = mentioned_in(answer)
        for incident, seen_at in shown.departed(page, mentioned):
            yield {**parent, "incident_id": incident, "last_seen_at": seen_at, "first_missing_at": now}
        # Only now: a run that ends before this emits them again, with the same key.
        if not self.is_dry_run:
            shown.remember(page, now, ids, mentioned)
            self.state_manager.is_flushed = False


class PublicStatus(BoxWatchPublicStream):
    """A public page's whole response, kept as is, even if its shape changes."""

    name = "public_status"
    primary_keys = ("page_slug",)

    def parse_page(self, page: Any) -> Iterable[Row]:
        """Yield the whole response, if there is one."""
        if page is not None:
            yield {"answer": page}


def _ids(servers: Any) -> list[Any] | None:
    """The ids of servers, which are sent as bare ids or in objects."""
    if not isinstance(servers, list):
        return None
    return [server.get("id") if isinstance(server, dict) else server for server in servers]


def _switch(sent: Any) -> bool | None:
    return bool(sent) if isinstance(sent, int) else None
