"""The baseline: incidents read as the SDK's own documentation shows, with default settings."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk import RESTStream, SchemaDirectory, StreamSchema, Tap
from singer_sdk import typing as th
from singer_sdk.pagination import BasePageNumberPaginator
from tap_cachet import schemas

if TYPE_CHECKING:
    from collections.abc import Sequence

    import requests
    from singer_sdk import Stream
    from singer_sdk.helpers.types import Context

PAGE_SIZE = 100


class NextLinkPaginator(BasePageNumberPaginator):
    """Counts pages as long as the response links to another one."""

    def has_more(self, response: requests.Response) -> bool:
        """Whether there is a next page."""
        return bool(response.json()["links"].get("next"))


class Incidents(RESTStream[int]):
    """What went wrong, and how it stands."""

    name = "incidents"
    path = "/incidents"
    primary_keys: Sequence[str] = ("id",)
    records_jsonpath = "$.data[*]"
    schema = StreamSchema(SchemaDirectory(schemas))

    @property
    def url_base(self) -> str:
        """Base URL of the API."""
        return str(self.config["api_url"])

    def get_new_paginator(self) -> NextLinkPaginator:
        """Page numbers, from 1."""
        return NextLinkPaginator(1)

    def get_url_params(self, context: Context | None, next_page_token: int | None) -> dict[str, Any]:  # noqa: ARG002
        """Request the same full pages as the other tap."""
        return {
            "sort": "id",
            "include": "components,updates,user,meta",
            "page": next_page_token,
            "per_page": PAGE_SIZE,
        }

    def post_process(self, row: dict[str, Any], context: Context | None = None) -> dict[str, Any]:  # noqa: ARG002
        """Flatten the resource; the server's times are UTC."""
        attributes: dict[str, Any] = row["attributes"]
        user = row["relationships"]["user"]["data"]
        return {
            "id": attributes["id"],
            "guid": attributes["guid"],
            "user_id": int(user["id"]) if user else None,
            "name": attributes["name"],
            "message": attributes["message"],
            "status": attributes["status"]["value"],
            "status_label": attributes["status"]["human"],
            "visible": attributes["visible"],
            "stickied": attributes["stickied"],
            "notifications": bool(attributes["notifications"]),
            "meta": attributes["meta"] or None,
            "occurred_at": _utc(attributes["occurred"]["string"]),
            "published_at": _utc(attributes["published"]["string"]),
            "created_at": _utc(attributes["created"]["string"]),
            "updated_at": _utc(attributes["updated"]["string"]),
        }


def _utc(text: str | None) -> str | None:
    return None if text is None else datetime.fromisoformat(text).isoformat(timespec="microseconds") + "Z"


class PlainTap(Tap):
    """A tap with one stream."""

    name = "plain-tap"
    config_jsonschema: ClassVar[dict[str, Any]] = th.PropertiesList(
        th.Property("api_url", th.StringType, required=True)
    ).to_dict()

    def discover_streams(self) -> Sequence[Stream]:
        """The one stream."""
        return [Incidents(self)]


if __name__ == "__main__":
    PlainTap.cli()
