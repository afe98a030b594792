"""A tap as somebody would write it on this library: a status page's templates, metrics and incidents.

It reads Cachet's API, whose lists tell no totals. Each kind of stream stands here once.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from singer_fanout import ApiTap, FanOutStream, NumberedPaginator, PagedStream, engine_settings, utc_text
from singer_sdk import typing as th
from singer_sdk.authenticators import BearerTokenAuthenticator

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    from singer_sdk import Stream

Row = dict[str, Any]


class StatusPaginator(NumberedPaginator):
    """`?page=N`; `links.next` is there while pages follow."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size

    def params(self, number: int) -> dict[str, Any]:
        return {"page": number, "per_page": self._size}

    def has_next(self, page: Any) -> bool:
        return bool(page["links"].get("next"))

    def row_ids(self, page: Any) -> Sequence[Hashable]:
        return [resource["id"] for resource in page["data"]]


class StatusStream(PagedStream):
    """Any list of the status page, in the order of its ids."""

    primary_keys: Sequence[str] = ("id",)
    _tap: StatusTap

    def get_new_paginator(self) -> StatusPaginator:
        return StatusPaginator(self.config["page_size"])

    def list_params(self, since: str | None) -> dict[str, Any]:  # noqa: ARG002
        return {"sort": "id"}

    def parse_page(self, page: Any) -> Iterable[Row]:
        for row in self.attributes(page):
            yield {name: row[name] for name in self.schema["properties"]}

    def attributes(self, page: Any) -> Iterable[Row]:
        return (resource["attributes"] for resource in page["data"])


class Templates(StatusStream):
    """A list that is read whole."""

    name = "templates"
    path = "/incident-templates"
    schema = th.PropertiesList(
        th.Property("id", th.IntegerType),
        th.Property("name", th.StringType),
        th.Property("slug", th.StringType),
        th.Property("template", th.StringType),
        th.Property("engine", th.StringType),
    ).to_dict()


class Metrics(StatusStream):
    """A list whose rows are parents."""

    name = "metrics"
    path = "/metrics"
    schema = th.PropertiesList(
        th.Property("id", th.IntegerType),
        th.Property("name", th.StringType),
        th.Property("display_chart", th.BooleanType),
    ).to_dict()


class Points(StatusStream, FanOutStream):
    """The children of all parents: replaced whole."""

    name = "points"
    path = "/metrics/{metric_id}/points"
    parent_stream = "metrics"
    parent_fields: ClassVar[Mapping[str, str]] = {"metric_id": "id"}
    schema = th.PropertiesList(
        th.Property("id", th.IntegerType),
        th.Property("metric_id", th.IntegerType),
        th.Property("value", th.NumberType),
        th.Property("counter", th.IntegerType),
    ).to_dict()

    def parse_page(self, page: Any) -> Iterable[Row]:
        for row in self.attributes(page):
            yield {name: row[name] for name in ("id", "value", "counter")}


class Incidents(StatusStream):
    """A list that the API can narrow to what occurred since a time."""

    name = "incidents"
    path = "/incidents"
    schema = th.PropertiesList(
        th.Property("id", th.IntegerType),
        th.Property("name", th.StringType),
        th.Property("occurred_at", th.DateTimeType),
    ).to_dict()

    def list_params(self, since: str | None) -> dict[str, Any]:
        newer = {"filter[occurs_after]": since[:19].replace("T", " ")} if since else {}
        return {**super().list_params(since), **newer}

    def parse_page(self, page: Any) -> Iterable[Row]:
        for row in self.attributes(page):
            occurred = row["occurred"]["string"]
            yield {
                "id": row["id"],
                "name": row["name"],
                "occurred_at": occurred and utc_text(datetime.fromisoformat(f"{occurred}+00:00")),
            }


class Updates(StatusStream, FanOutStream):
    """The children of the parents that are newer than the stream's own bookmark."""

    name = "updates"
    path = "/incidents/{incident_id}/updates"
    parent_stream = "incidents"
    parent_fields: ClassVar[Mapping[str, str]] = {"incident_id": "id", "incident_occurred_at": "occurred_at"}
    replication_key = "incident_occurred_at"
    schema = th.PropertiesList(
        th.Property("id", th.IntegerType),
        th.Property("incident_id", th.IntegerType),
        th.Property("incident_occurred_at", th.DateTimeType),
        th.Property("message", th.StringType),
    ).to_dict()

    def list_params(self, since: str | None) -> dict[str, Any]:  # noqa: ARG002
        return {"sort": "created_at"}

    def child_params(self, parent: Row) -> dict[str, Any]:  # noqa: ARG002
        return {"sort": "created_at"}

    def parse_page(self, page: Any) -> Iterable[Row]:
        for row in self.attributes(page):
            yield {"id": row["id"], "message": row["message"]}


class StatusTap(ApiTap):
    """The tap: settings, credentials and streams."""

    name = "tap-status"
    package_name = "singer-fanout"
    unauthorized_hint = "Check the setting api_token: tokens are made in the dashboard under Settings > API keys"
    config_jsonschema: ClassVar[dict[str, Any]] = th.PropertiesList(
        th.Property("api_url", th.StringType, required=True),
        th.Property("api_token", th.StringType, secret=True),
        th.Property("page_size", th.IntegerType, default=100),
        th.Property("start_date", th.DateTimeType),
        th.Property("lookback_seconds", th.IntegerType, default=0),
        *engine_settings(requests_per_minute=0),
    ).to_dict()

    def discover_streams(self) -> list[Stream]:
        return [stream(self) for stream in (Templates, Metrics, Points, Incidents, Updates)]

    def authenticator(self) -> BearerTokenAuthenticator | None:
        token = self.config.get("api_token")
        return BearerTokenAuthenticator(token=token) if token else None


if __name__ == "__main__":
    StatusTap.cli()
