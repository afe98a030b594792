"""The rows that the tap has to bring from BoxWatch, worked out from the server's data and not from its answers."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from singer_fanout.testing import differences
from tap_statuspages.tap import TapStatusPages

if TYPE_CHECKING:
    from singer_fanout.testing import Run

    from sandbox import Sandbox

Row: TypeAlias = "dict[str, Any]"

LISTS = {
    "status_pages": "/boxwatch/status-pages",
    "servers": "/boxwatch/servers",
    "cron_checks": "/boxwatch/cron-checks",
    "uptime_checks": "/boxwatch/uptime-checks",
    "webhooks": "/boxwatch/webhooks",
}
PUBLIC = ("incidents", "incident_updates", "public_status")
"""Streams that are made of the public answers."""
STREAMS = frozenset({*LISTS, *PUBLIC})
PUBLIC_ROUTE = "/boxwatch/status/{slug}"
SECRET = {"cron_checks": {"slug"}, "webhooks": {"url", "headers"}}
KEYS = {
    name: tuple(stream.primary_keys)
    for name, stream in TapStatusPages(config={"provider": "boxwatch"}, validate_config=False).streams.items()
}


def settings(box: Sandbox, **more: Any) -> dict[str, Any]:
    """Settings that read a sandbox without a limit of their own."""
    own = {"api_url": box.boxwatch.api_url, "api_key": box.boxwatch.api_key}
    return {"provider": "boxwatch", "requests_per_minute": 0, "max_retries": 1, **own, **more}


def boxwatch_rows(box: Sandbox) -> dict[str, list[Row]]:
    """The rows of every stream but `public_status`."""
    rows = {name: [_plain(row, SECRET.get(name, set())) for row in box.boxwatch.store.rows(name)] for name in LISTS}
    for check in rows["uptime_checks"]:
        check["probe_count"] = len(check["probe_servers"])
    rows["incidents"] = _incidents(box)
    incidents = {row["id"]: row for row in rows["incidents"]}
    rows["incident_updates"] = [
        {
            **_plain(update),
            **{name: incidents[update["incident_id"]][name] for name in ("status_page_id", "page_slug")},
        }
        for update in box.boxwatch.store.rows("incident_updates")
        if update["incident_id"] in incidents
    ]
    return rows


def public_answers(box: Sandbox) -> dict[str, Any]:
    """What each public page shows, without the time of the answer: slug -> answer."""
    view = box.boxwatch.view()
    return {slug: without_timestamp(view.public_status(slug)) for slug in view.public_slugs()}


def without_timestamp(answer: Any) -> Row:
    """A public answer without the time at which it was made."""
    return {name: value for name, value in answer.items() if name != "timestamp"}


def assert_holds(run: Run, box: Sandbox, streams: frozenset[str] = STREAMS) -> None:
    """The run went well, and brought what the account holds and the public sees."""
    assert run.exit_code == 0, run.log
    expected = {name: rows for name, rows in boxwatch_rows(box).items() if name in streams}
    for stream, rows in expected.items():
        assert differences(stream, KEYS[stream], run.rows[stream], rows) == []
    if "public_status" in streams:
        assert {row["page_slug"]: without_timestamp(row["answer"]) for row in run.rows["public_status"]} == (
            public_answers(box)
        )


def _incidents(box: Sandbox) -> list[Row]:
    kept = box.boxwatch.settings
    pages = {
        page["id"]: page["slug"]
        for page in box.boxwatch.store.rows("status_pages")
        if page["enabled"] or kept.public_disabled
    }
    return [
        {**_plain(row), "page_slug": pages[row["status_page_id"]]}
        for row in box.boxwatch.store.rows("incidents")
        if row["status_page_id"] in pages and (kept.public_incidents == "all" or row["status"] != "resolved")
    ]


def _plain(row: Row, without: set[str] | None = None) -> Row:
    return {name: _value(value) for name, value in row.items() if name not in (without or ())}


def _value(value: Any) -> Any:
    return value.strftime("%Y-%m-%dT%H:%M:%S.000000Z") if isinstance(value, datetime) else value
