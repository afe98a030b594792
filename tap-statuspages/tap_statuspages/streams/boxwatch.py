"""An account of BoxWatch: its pages, what it watches, and the incidents that its public pages show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_statuspages.client import BoxWatchListStream, BoxWatchPublicStream
from tap_statuspages.records import incidents_in, updates_in, without_entities

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tap_statuspages.records import Row


class StatusPages(BoxWatchListStream):
    """The account's status pages."""

    name = "status_pages"
    path = "/status-pages"
    envelope = "status_pages"


class Servers(BoxWatchListStream):
    """Machines that are watched."""

    name = "servers"
    path = "/servers"
    envelope = "servers"

    def row(self, sent: Mapping[str, Any]) -> Row:
        """The names of the metrics are open, so their switches become booleans here."""
        row = super().row(sent)
        if isinstance(row.get("enabled_metrics"), dict):
            row["enabled_metrics"] = {name: bool(value) for name, value in row["enabled_metrics"].items()}
        return row


class CronChecks(BoxWatchListStream):
    """Jobs that report themselves."""

    name = "cron_checks"
    path = "/cron-checks"
    envelope = "checks"
    # Whoever knows the slug can report a run of the job.
    hidden = frozenset({"slug"})


class UptimeChecks(BoxWatchListStream):
    """Addresses that are probed."""

    name = "uptime_checks"
    path = "/uptime-checks"
    envelope = "checks"


class Webhooks(BoxWatchListStream):
    """Who is told of alerts."""

    name = "webhooks"
    path = "/webhooks"
    envelope = "webhooks"
    # Whoever knows the address of a chat's webhook can write there.
    hidden = frozenset({"url"})


class Incidents(BoxWatchPublicStream):
    """The incidents that the public pages show."""

    name = "incidents"

    def parse_page(self, page: Any) -> Iterable[Row]:
        """One row for each incident, wherever in the answer it stands."""
        for incident in incidents_in(page):
            row = self.row(incident)
            servers = row.pop("affected_servers", None)
            yield {**without_entities(row), "affected_servers": _ids(servers)}


class IncidentUpdates(BoxWatchPublicStream):
    """What was told of these incidents."""

    name = "incident_updates"

    def parse_page(self, page: Any) -> Iterable[Row]:
        """One row for each update, wherever in the answer it stands."""
        return (without_entities(self.row(update)) for update in updates_in(page))


class PublicStatus(BoxWatchPublicStream):
    """What the public pages show, as it is: the only stream that loses nothing when their form changes."""

    name = "public_status"
    primary_keys = ("page_slug",)

    def parse_page(self, page: Any) -> Iterable[Row]:
        """The whole answer, where there is one."""
        if page is not None:
            yield {"answer": page}


def _ids(servers: Any) -> list[Any] | None:
    """Ids of servers, whether they stand alone or in objects."""
    if not isinstance(servers, list):
        return None
    return [server.get("id") if isinstance(server, dict) else server for server in servers]
