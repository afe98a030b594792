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
APPENDED = ("incident_departures", "endpoint_metrics")
"""Streams whose rows tell of a moment."""
STREAMS = frozenset({*LISTS, *PUBLIC, *APPENDED})
ACTIVATED = frozenset({*LISTS, "public_status"})
"""Streams from which rows go that are not told any more; ended incidents are kept."""
ENDPOINT_ROUTE = "/boxwatch/endpoints/data"
PUBLIC_ROUTE = "/boxwatch/status/{slug}"
ACCOUNTS = ("eu", "us", "apac")
"""What the settings call the accounts."""
SECRET = {"cron_checks": {"slug"}, "webhooks": {"url", "headers"}}
KEYS = {
    name: tuple(stream.primary_keys)
    for name, stream in TapStatusPages(config={"provider": "boxwatch"}, validate_config=False).streams.items()
}


def settings(box: Sandbox, **more: Any) -> dict[str, Any]:
    """Settings that read the first account of a sandbox without a limit of their own."""
    own = {
        "api_url": box.boxwatch.api_url,
        "api_key": box.boxwatch.api_key,
        "endpoint_keys": box.boxwatch.endpoint_keys(),
    }
    return {"provider": "boxwatch", "requests_per_minute": 0, "max_retries": 1, **own, **more}


def accounts_settings(box: Sandbox, **more: Any) -> dict[str, Any]:
    """Settings that read all accounts of a sandbox."""
    accounts = [
        {"name": ACCOUNTS[number], "api_key": key, "endpoint_keys": box.boxwatch.endpoint_keys(number)}
        for number, key in enumerate(box.boxwatch.api_keys)
    ]
    return {**settings(box, **more), "api_key": None, "endpoint_keys": None, "accounts": accounts}


def boxwatch_rows(box: Sandbox, account: int = 0) -> dict[str, list[Row]]:
    """The rows of an account, of every stream that tells them; see `public_answers` and `readings` for the others."""
    store = box.boxwatch.stores[account]
    rows = {name: [_plain(row, SECRET.get(name, set())) for row in store.rows(name)] for name in LISTS}
    for check in rows["uptime_checks"]:
        check["probe_count"] = len(check["probe_servers"])
    rows["incidents"] = _incidents(box, account)
    incidents = {row["id"]: row for row in rows["incidents"]}
    rows["incident_updates"] = [
        {
            **_plain(update),
            **{name: incidents[update["incident_id"]][name] for name in ("status_page_id", "page_slug")},
        }
        for update in store.rows("incident_updates")
        if update["incident_id"] in incidents
    ]
    return rows


def readings(box: Sandbox, account: int = 0) -> set[tuple[str, int, str, str]]:
    """What the custom endpoints tell: endpoint, server, its name, and the readings as text."""
    store = box.boxwatch.stores[account]
    servers = {row["id"]: row for row in store.rows("servers")}
    return {
        (
            endpoint["name"],
            server,
            servers[server]["hostname"],
            str({name: servers[server]["metrics"].get(f"{name}_usage") for name in endpoint["metrics"]}),
        )
        for endpoint in store.rows("endpoints")
        for server in endpoint["servers"]
        if server in servers
    }


def told_readings(rows: list[Row]) -> set[tuple[str, int, str, str]]:
    """The same, of rows."""
    return {(row["endpoint"], row["server_id"], row["hostname"], str(row["metrics"])) for row in rows}


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
    if "endpoint_metrics" in streams:
        assert told_readings(run.rows["endpoint_metrics"]) == readings(box)
    if "public_status" in streams:
        assert {row["page_slug"]: without_timestamp(row["answer"]) for row in run.rows["public_status"]} == (
            public_answers(box)
        )


def _incidents(box: Sandbox, account: int) -> list[Row]:
    kept = box.boxwatch.settings
    pages = {
        page["id"]: page["slug"]
        for page in box.boxwatch.stores[account].rows("status_pages")
        if page["enabled"] or kept.public_disabled
    }
    return [
        {**_plain(row), "page_slug": pages[row["status_page_id"]]}
        for row in box.boxwatch.stores[account].rows("incidents")
        if row["status_page_id"] in pages and (kept.public_incidents == "all" or row["status"] != "resolved")
    ]


def _plain(row: Row, without: set[str] | None = None) -> Row:
    return {name: _value(value) for name, value in row.items() if name not in (without or ())}


def _value(value: Any) -> Any:
    return value.strftime("%Y-%m-%dT%H:%M:%S.000000Z") if isinstance(value, datetime) else value
