"""What the sandbox holds for each extractor: settings, the rows to expect, and a day in which things happen."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests

from tests.support.project import REPOSITORY

# The taps' own tests work out the rows from what the server holds; there is one such description of each API.
sys.path += [str(REPOSITORY / tap / "tests") for tap in ("tap-instatus", "tap-rootly", "tap-statuspages")]

import boxwatch_facts
import instatus_facts
import rootly_facts
import rootly_runs
import sigryl_facts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sandbox import Sandbox
    from tests.support.comparison import Row

__all__ = ["SOURCES", "Api", "Source", "boxwatch_facts", "instatus_facts", "rootly_facts", "sigryl_facts"]

SECONDS = 10


@dataclass(frozen=True)
class Source:
    """One extractor of the project and its part of the sandbox.

    Attributes:
        extractor: Its name in ``meltano.yml``.
        tap: The program behind it.
        schema: Schema of the warehouse that receives its tables.
        settings: Environment variables, without the prefix of the extractor.
        keys: The key of each table.
        expected: The rows that the tables must hold.
        live: Lets things happen at the source: rows come, change and go.
    """

    extractor: str
    tap: str
    schema: str
    settings: Callable[[Sandbox], Mapping[str, str]]
    keys: Mapping[str, Sequence[str]]
    expected: Callable[[Sandbox], dict[str, list[Row]]]
    live: Callable[[Sandbox], object]

    @property
    def provider(self) -> str | None:
        """The provider, of a tap that has several."""
        return self.schema if self.tap == "tap-statuspages" else None

    def environment(self, box: Sandbox, **more: str) -> dict[str, str]:
        """Environment variables that read everything from a sandbox.

        Args:
            box: The sandbox.
            more: Further settings, by their names in capitals.
        """
        prefix = self.extractor.upper().replace("-", "_")
        settings = {**self.settings(box), "_SELECT": '["*.*"]', **more}
        return {f"{prefix}_{name}": value for name, value in settings.items()}


class Api:
    """Writes to an API as its dashboard would."""

    def __init__(self, url: str, key: str, media_type: str = "application/json") -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": media_type}

    def __call__(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        answer = requests.request(method, self._url + path, json=body, headers=self._headers, timeout=SECONDS)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None


# Instatus


def _instatus_settings(box: Sandbox) -> dict[str, str]:
    box.instatus.settings.rate_limit = None
    return {
        "API_URL": box.instatus.api_url,
        "API_KEY": box.instatus.api_key,
        "PUBLIC_URL": box.instatus.public_url_pattern,
        "REQUESTS_PER_MINUTE": "0",
    }


def _instatus_day(box: Sandbox) -> None:
    api = Api(box.instatus.api_url, box.instatus.api_key)
    page = instatus_facts.fullest_page(box)
    incidents = api("GET", f"/v1/{page}/incidents")
    components = [row["id"] for row in api("GET", f"/v1/{page}/components")]
    opened = {
        "name": 'Uploads are "slow"',
        "message": "We look into it.\nMore soon. 🙂",
        "status": "INVESTIGATING",
        "components": components[:1],
        "statuses": [{"id": components[0], "status": "PARTIALOUTAGE"}],
        "started": "2026-05-24T12:00:00.000Z",
        "notify": False,
    }
    new = api("POST", f"/v1/{page}/incidents", opened)["id"]
    solved = {**opened, "status": "RESOLVED", "message": "Solved."}
    del solved["name"]
    api("POST", f"/v1/{page}/incidents/{new}/incident-updates", solved)
    api("POST", f"/v1/{page}/incidents/{incidents[1]['id']}/incident-updates", solved)
    api("DELETE", f"/v1/{page}/incidents/{incidents[0]['id']}")
    api("DELETE", f"/v1/{page}/components/{components[-1]}")
    # The other lists change where the API has no route for it.
    for table in ("templates", "subscribers", "metric_datapoints"):
        rows = box.instatus.store.rows(table) if table in box.instatus.store.tables else []
        if rows:
            box.instatus.store.delete(table, rows[0]["id"])


# Rootly


def _rootly_settings(box: Sandbox) -> dict[str, str]:
    return {
        "API_URL": box.rootly.api_url,
        "API_TOKEN": box.rootly.token,
        "CHART_PERIOD": "7 days",
        "REQUESTS_PER_MINUTE": "0",
    }


def _rootly_rows(box: Sandbox) -> dict[str, list[Row]]:
    return rootly_facts.expected_rows(box)


def _rootly_day(box: Sandbox) -> None:
    api = Api(f"{box.rootly.api_url}/v1", box.rootly.token, "application/vnd.api+json")

    def attributes(kind: str, **values: Any) -> dict[str, Any]:
        return {"data": {"type": kind, "attributes": values}}

    box.rootly.settings.children_touch_incidents = True
    incidents = [row["id"] for row in api("GET", "/incidents?sort=-created_at")["data"]]
    api("PUT", f"/incidents/{incidents[0]}", attributes("incidents", title="Renamed after the fact"))
    api("POST", f"/incidents/{incidents[1]}/events", attributes("incident_events", event="A full disk. 🙂"))
    new = api("POST", "/incidents", attributes("incidents", title='Uploads are "slow"'))["data"]["id"]
    api("POST", f"/incidents/{new}/events", attributes("incident_events", event="We look into it."))
    services = [row["id"] for row in api("GET", "/services")["data"]]
    api("PUT", f"/services/{services[0]}", attributes("services", description=""))
    # Nothing that an incident or an alert names: those that are not changed themselves are not read again.
    for kind in ("playbooks", "dashboards", "heartbeats"):
        api("DELETE", f"/{kind}/{api('GET', f'/{kind}')['data'][0]['id']}")


# Sigryl and BoxWatch


def _sigryl_settings(box: Sandbox) -> dict[str, str]:
    box.sigryl.settings.reads = None
    return {"API_URL": box.sigryl.api_url, "API_KEY": box.sigryl.pages[0]["api_key"], "REQUESTS_PER_MINUTE": "0"}


def _sigryl_day(box: Sandbox) -> None:
    api = Api(f"{box.sigryl.api_url}/api/v1", box.sigryl.pages[0]["api_key"])
    incidents = api("GET", "/incidents")["incidents"]
    open_incident = next(row["_id"] for row in incidents if row["status"] != "resolved")
    api("POST", f"/incidents/updates?id={open_incident}", {"status": "resolved", "message": "Solved. 🙂"})
    new = {"title": 'Uploads are "slow"', "severity": "minor", "status": "investigating", "message": "We look."}
    api("POST", "/incidents", new)
    resolved = next(row["_id"] for row in incidents if row["status"] == "resolved")
    box.sigryl.store.delete("incidents", resolved)
    components = api("GET", "/components")["components"]
    api("PATCH", f"/components?id={components[0]['_id']}", {"status": "major_outage"})
    box.sigryl.store.delete("components", components[1]["_id"])


def _boxwatch_settings(box: Sandbox) -> dict[str, str]:
    return {
        "API_URL": box.boxwatch.api_url,
        "API_KEY": box.boxwatch.api_key,
        "ENDPOINT_KEYS": json.dumps(box.boxwatch.endpoint_keys()),
        "REQUESTS_PER_MINUTE": "0",
    }


def _boxwatch_rows(box: Sandbox) -> dict[str, list[Row]]:
    return boxwatch_facts.boxwatch_rows(box)


def _boxwatch_day(box: Sandbox) -> None:
    api = Api(box.boxwatch.api_url, box.boxwatch.api_key)
    page = api("GET", "/status-pages")["status_pages"][0]["id"]
    new = {"title": 'Uploads are "slow"', "severity": "minor", "status": "investigating", "message": "We look. 🙂"}
    api("POST", f"/status-pages/{page}/incidents", new)
    for table in ("servers", "cron_checks", "webhooks"):
        box.boxwatch.store.delete(table, box.boxwatch.store.rows(table)[0]["id"])


SOURCES = (
    Source(
        "tap-instatus",
        "tap-instatus",
        "instatus",
        _instatus_settings,
        instatus_facts.KEYS,
        lambda box: instatus_facts.InstatusFacts(box).streams(),
        _instatus_day,
    ),
    Source(
        "tap-rootly",
        "tap-rootly",
        "rootly",
        _rootly_settings,
        {name: tuple(stream.primary_keys) for name, stream in rootly_runs.STREAM_CLASSES.items()},
        _rootly_rows,
        _rootly_day,
    ),
    Source(
        "tap-sigryl",
        "tap-statuspages",
        "sigryl",
        _sigryl_settings,
        sigryl_facts.KEYS,
        sigryl_facts.sigryl_rows,
        _sigryl_day,
    ),
    Source(
        "tap-boxwatch",
        "tap-statuspages",
        "boxwatch",
        _boxwatch_settings,
        boxwatch_facts.KEYS,
        _boxwatch_rows,
        _boxwatch_day,
    ),
)
"""Every extractor but Cachet's, whose tests stand apart."""
