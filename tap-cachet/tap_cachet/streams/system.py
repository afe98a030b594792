"""What the server reports about itself."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any

from singer_fanout import MalformedError, as_object

from tap_cachet.client import CachetStream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_cachet.records import Row


class SystemStream(CachetStream, abc.ABC):
    """One row for the server, keyed by its address."""

    primary_keys = ("api_url",)

    def read_rows(self) -> Iterator[Row]:
        """Yield the one row."""
        answer = self.get(self.path)
        if not isinstance(answer.body, dict) or "data" not in answer.body:
            raise MalformedError(f"GET {answer.url} did not answer as Cachet does. Check the setting api_url")
        self._tap.extracted_at = answer.received_at
        yield {"api_url": self.url_base, **self.facts(answer.body)}

    @abc.abstractmethod
    def facts(self, body: Any) -> Row:
        """The columns that come from the response."""


class Status(SystemStream):
    """The status page's overall status: one row per server."""

    name = "status"
    path = "/status"

    def facts(self, body: Any) -> Row:
        """Status and message."""
        return as_object(body["data"])


class Version(SystemStream):
    """The version that the server reports: one row per server."""

    name = "version"
    path = "/version"

    def facts(self, body: Any) -> Row:
        """The version, and on 2.x whether there is a newer one."""
        data = body["data"]
        if not isinstance(data, str):
            return {"version": as_object(data).get("version")}
        meta = as_object(body.get("meta"))
        latest = as_object(meta.get("latest")).get("tag_name")
        return {"version": data, "on_latest": meta.get("on_latest"), "latest_version": latest}
